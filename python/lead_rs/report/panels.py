"""What the report shows, and how each panel is drawn."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from lead_rs import _figures
from lead_rs.runs.logs import Log

if TYPE_CHECKING:
    from matplotlib.axes import Axes
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
    """

    name: str
    title: str
    caption: str
    lines: Mapping[str, tuple[str, ...]]
    band: tuple[str, str] | None = None
    held_out: bool = False
    zero: bool = False


PANELS = (
    Panel(
        "accuracy",
        "accuracy",
        "Training rollouts, and where the run validated, the mean over held-out samples.",
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
    ),
    Panel(
        "potential",
        "potential P_k",
        "The room for improvement that is left: 0 means solved.",
        {"correctness": ("lead/potential_corr",), "efficiency": ("lead/potential_eff",)},
    ),
    Panel(
        "advantages",
        "advantages",
        "Mean over tokens; shaded from the smallest to the largest.",
        {"mean": ("critic/advantages/mean",)},
        band=("critic/advantages/min", "critic/advantages/max"),
    ),
    Panel(
        "push",
        "correlation of advantage and length",
        "Below 0 the step shortens, above 0 it lengthens.",
        {"all": ("lead/adv_len_corr",), "correct": ("lead/adv_len_corr_correct",)},
        zero=True,
    ),
)

STYLES = ("-", "--", ":")
_HELD_OUT = re.compile(r"val-core/.*/acc/mean@\d+")


def held_out(log: Log) -> list[str]:
    """The validation accuracies that a run logged."""
    names = {name for row in log.steps.values() for name in row if _HELD_OUT.fullmatch(name)}
    return sorted(names)


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


def draw(panel: Panel, runs: Mapping[str, Log]) -> Figure | None:
    """Draw a panel, runs laid over each other; None where no run has anything of it."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    if not any(metrics(panel, log) for log in runs.values()):
        return None
    figure = Figure(figsize=(6, 3.6), layout="constrained")
    axes = figure.subplots()
    _figures.plain(axes, panel.title, "step")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    if panel.zero:
        axes.axhline(0, color="black", linewidth=0.6)
    for position, (run, log) in enumerate(runs.items()):
        _draw_run(axes, panel, log, _figures.colour(position), f"{run}: " if len(runs) > 1 else "")
    axes.legend(fontsize=7, frameon=False)
    return figure


def _draw_run(axes: Axes, panel: Panel, log: Log, colour: str, prefix: str) -> None:
    if panel.band:
        (steps, low), (_, high) = (log.curve(metric) for metric in panel.band)
        if len(low) == len(high):
            axes.fill_between(steps, low, high, color=colour, alpha=0.15, linewidth=0)
    labels = list(panel.lines)
    for label, metric in metrics(panel, log).items():
        steps, values = log.curve(metric)
        marker = "." if len(steps) < 20 else ""
        style = STYLES[labels.index(label)]
        axes.plot(steps, values, style, marker=marker, color=colour, label=prefix + label)
    for metric in held_out(log) if panel.held_out else ():
        steps, values = log.curve(metric)
        name = metric.removeprefix("val-core/").replace("/acc/mean@", ", mean of ")
        axes.plot(steps, values, "--", marker="o", color=colour, label=prefix + name)


def summary(runs: Mapping[str, Log]) -> tuple[list[str], list[list[str]]]:
    """The head and rows of a table: each quantity at a run's first and last step."""
    rows = []
    for panel in PANELS:
        labels = dict.fromkeys(label for log in runs.values() for label in metrics(panel, log))
        for label in labels:
            cells = [_ends(log, metrics(panel, log).get(label, "")) for log in runs.values()]
            rows.append([f"{panel.title}: {label}", *cells])
        for label, metric in zip(("smallest", "largest"), panel.band or (), strict=False):
            if any(log.curve(metric)[0] for log in runs.values()):
                cells = [_ends(log, metric) for log in runs.values()]
                rows.append([f"{panel.title}: {label}", *cells])
    names = dict.fromkeys(name for log in runs.values() for name in held_out(log))
    for name in names:
        rows.append([name, *(_ends(log, name) for log in runs.values())])
    return ["first → last step", *runs], rows


def _ends(log: Log, metric: str) -> str:
    values = log.curve(metric)[1]
    return f"{values[0]:.4g} → {values[-1]:.4g}" if values else "-"
