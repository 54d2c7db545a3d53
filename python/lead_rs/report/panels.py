"""What the report shows, and how each panel is drawn."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from lead_rs import _figures
from lead_rs.report.run import Run
from lead_rs.runs.held_out import accuracy_metrics
from lead_rs.runs.logs import Log

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclasses.dataclass(frozen=True)
class Panel:
    """One picture of the report.

    Attributes:
        name: the PNG's.
        title: what is drawn.
        caption: how to read it.
        lines: metrics by their names in the legend. A name's first metric that a run has is drawn.
        band: the metrics between which is shaded.
        held_out: whether validation accuracies are drawn too.
        zero: whether 0 is marked.
        internal: whether it is of the estimator's inside, and so comes last.
    """

    name: str
    title: str
    caption: str
    lines: Mapping[str, tuple[str, ...]]
    band: tuple[str, str] | None = None
    held_out: bool = False
    zero: bool = False
    internal: bool = False


PANELS = (
    Panel(
        "accuracy",
        "accuracy",
        "Training rollouts, and where the run validated, the mean over held-out samples; shaded, "
        "where those were dumped: the standard error over problems, to both sides.",
        {"training": ("lead/accuracy_batch", "critic/score/mean")},
        held_out=True,
    ),
    Panel(
        "length",
        "response length, tokens",
        "LEAD works where the length of correct responses falls and accuracy does not.",
        {
            "all": ("response_length/mean", "lead/resp_len_mean"),
            "correct": ("lead/resp_len_mean_correct",),
        },
    ),
    Panel(
        "target_length",
        "target length L*, tokens",
        "Over the prompts with a target of their own; shaded from the smallest to the largest.",
        {"mean": ("lead/lstar_mean_solvable",), "median": ("lead/lstar_median_solvable",)},
        band=("lead/lstar_min_solvable", "lead/lstar_max_solvable"),
    ),
    Panel(
        "lambda",
        "weights lambda",
        "Correctness against efficiency, as used; dotted: where the EMA is drawn to.",
        {
            "correctness": ("lead/w_corr",),
            "efficiency": ("lead/w_eff",),
            "target of correctness": ("lead/target_w_corr",),
        },
    ),
    Panel(
        "instability",
        "D_k, potential-scaled instability",
        "The weights follow each reward's share of it.",
        {"correctness": ("lead/D_corr",), "efficiency": ("lead/D_eff",)},
        internal=True,
    ),
    Panel(
        "potential",
        "potential P_k",
        "The room for improvement that is left: 0 means solved.",
        {"correctness": ("lead/potential_corr",), "efficiency": ("lead/potential_eff",)},
        internal=True,
    ),
    Panel(
        "advantages",
        "advantages",
        "Mean over tokens; shaded from the smallest to the largest.",
        {"mean": ("critic/advantages/mean",)},
        band=("critic/advantages/min", "critic/advantages/max"),
        internal=True,
    ),
    Panel(
        "push",
        "correlation of advantage and length",
        "Below 0 the step shortens, above 0 it lengthens.",
        {"all": ("lead/adv_len_corr",), "correct": ("lead/adv_len_corr_correct",)},
        zero=True,
        internal=True,
    ),
)


@dataclasses.dataclass(frozen=True)
class Curve:
    """One line of a panel.

    Attributes:
        label: in the legend.
        run: the run's position, which is the line's colour.
        kind: the position in `STYLES` of how it is drawn.
        points: step and value.
        marked: whether each point is marked, as where there are few.
        faint: whether it is the background of another, as noisy training is of held-out accuracy.
        edge: whether it is only the edge of a band.
    """

    label: str
    run: int
    kind: int
    points: Mapping[int, float]
    marked: bool = False
    faint: bool = False
    edge: bool = False


@dataclasses.dataclass(frozen=True)
class Drawing:
    """A panel's lines, and the bands between two of them, lower first."""

    curves: list[Curve]
    bands: list[tuple[int, int]]


STYLES = ("-", "--", ":", "-.")


def metrics(panel: Panel, log: Log) -> dict[str, str]:
    """The metrics of a panel that a run logged, by name in the legend."""
    logged = {name for row in log.steps.values() for name in row}
    found = {}
    for label, alternatives in panel.lines.items():
        for metric in alternatives:
            if metric in logged:
                found[label] = metric
                break
    return found


def drawing(panel: Panel, runs: Mapping[str, Run]) -> Drawing | None:
    """What a panel shows, runs laid over each other; None where no run has anything of it."""
    if not any(metrics(panel, run.log) for run in runs.values()):
        return None
    curves: list[Curve] = []
    bands = []
    for position, (name, run) in enumerate(runs.items()):
        prefix = f"{name}: " if len(runs) > 1 else ""
        curves += _lines(panel, run, position, prefix)
        if edges := _edges(panel, run, position, prefix):
            bands.append((len(curves), len(curves) + 1))
            curves += edges
    return Drawing(curves, bands)


def _lines(panel: Panel, run: Run, position: int, prefix: str) -> Iterator[Curve]:
    labels = list(panel.lines)
    validated = accuracy_metrics(run.log) if panel.held_out else []
    for label, metric in metrics(panel, run.log).items():
        points, kind = _points(run.log, metric), labels.index(label)
        marked = len(points) < 20
        yield Curve(prefix + label, position, kind, points, marked, faint=bool(validated))
    for number, metric in enumerate(validated):
        kind = 1 + number % (len(STYLES) - 1)
        yield Curve(prefix + held_out_label(metric), position, kind, _points(run.log, metric), True)


def _edges(panel: Panel, run: Run, position: int, prefix: str) -> list[Curve]:
    """The lower and the upper edge of a run's band, if it has one."""
    if panel.band:
        low, high = (_points(run.log, metric) for metric in panel.band)
        if not low or low.keys() != high.keys():
            return []
        names = ("smallest", "largest")
    elif panel.held_out and run.held_out:
        [metric] = accuracy_metrics(run.log)
        means = _points(run.log, metric)
        errors = {step: each.error for step, each in run.held_out.items()}
        low, high = (
            {
                step: means[step] + sign * error
                for step, error in errors.items()
                if not math.isnan(error)
            }
            for sign in (-1, 1)
        )
        if not low:  # of one problem there is no standard error
            return []
        names = ("held out - SE", "held out + SE")
    else:
        return []
    return [
        Curve(prefix + name, position, 0, points, edge=True)
        for name, points in zip(names, (low, high), strict=True)
    ]


def _points(log: Log, metric: str) -> dict[int, float]:
    return dict(zip(*log.curve(metric), strict=True))


def held_out_label(metric: str) -> str:
    """A validation accuracy in words, of verl's name for it.

    Example:
        >>> held_out_label("val-core/math/acc/mean@4")
        'held out: math, mean of 4'
    """
    return "held out: " + metric.removeprefix("val-core/").replace("/acc/mean@", ", mean of ")


def draw(panel: Panel, shown: Drawing) -> Figure:
    """Draw a panel as a picture of its own."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.subplots()
    _figures.plain(axes, panel.title, "step")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    if panel.zero:
        axes.axhline(0, color="black", linewidth=0.6)
    for low, high in shown.bands:
        below, above = shown.curves[low], shown.curves[high]
        colour = _figures.colour(below.run)
        edges = list(below.points.values()), list(above.points.values())
        axes.fill_between(list(below.points), *edges, color=colour, alpha=0.15, linewidth=0)
    for curve in shown.curves:
        if not curve.edge:
            axes.plot(
                list(curve.points),
                list(curve.points.values()),
                STYLES[curve.kind],
                marker="." if curve.marked else "",
                color=_figures.colour(curve.run),
                alpha=0.35 if curve.faint else 1,
                label=curve.label,
            )
    figure.legend(loc="outside lower left", fontsize=7, frameon=False, ncols=2)
    return figure


def summary(runs: Mapping[str, Run]) -> tuple[list[str], list[list[str]]]:
    """The head and rows of a table: each quantity at a run's first and last step."""
    logs = [run.log for run in runs.values()]
    rows = []
    for panel in PANELS:
        labels = dict.fromkeys(label for log in logs for label in metrics(panel, log))
        for label in labels:
            cells = [_ends(log, metrics(panel, log).get(label, "")) for log in logs]
            rows.append([f"{panel.title}: {label}", *cells])
        for label, metric in zip(("smallest", "largest"), panel.band or (), strict=False):
            if any(log.curve(metric)[0] for log in logs):
                rows.append([f"{panel.title}: {label}", *(_ends(log, metric) for log in logs)])
    for name in dict.fromkeys(name for log in logs for name in accuracy_metrics(log)):
        rows.append([name, *(_ends(log, name) for log in logs)])
    return ["first → last step", *runs], rows


def _ends(log: Log, metric: str) -> str:
    values = log.curve(metric)[1]
    return f"{values[0]:.4g} → {values[-1]:.4g}" if values else "-"
