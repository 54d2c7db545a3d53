"""Runs beside each other: a table, and accuracy against length."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lead_rs import _figures
from lead_rs.evaluation.results import Run, changes, score
from lead_rs.evaluation.statistics import LONG, AesWeights, Interval, Summary, aes_of
from lead_rs.tables import markdown_table

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


class PaperRow(NamedTuple):
    """A row of the paper's Table 1."""

    name: str
    accuracy: float
    tokens: float
    aes: float


PAPER = PaperRow("paper: LEAD 1.5B-4K", 53.36, 3714.0, 0.68)
HEAD = [
    "",
    "accuracy %",
    "± se",
    "95% interval",
    "pass@n %",
    "tokens",
    "of correct",
    "truncated %",
    "AES",
    f"> {LONG:,} %",
]


def table(runs: Sequence[Run], base: Run | None, weights: AesWeights, *, paper: bool) -> str:
    """A Markdown table: the averages of each run and the paper's, then each set's numbers.

    Args:
        runs: to be shown.
        base: the base model's run, which AES is measured against.
        weights: of AES.
        paper: whether to add the paper's row.
    """
    rows = []
    for run in runs:
        rows.append(_row(f"{run.name}: average", run.average, _aes(run, base, weights)))
    if paper:
        cells = [PAPER.name, f"{PAPER.accuracy:.2f}", "-", "-", "-", f"{PAPER.tokens:.0f}"]
        rows.append([*cells, "-", "-", f"{PAPER.aes:.2f}", "-"])
    for run in runs:
        rows += [
            _row(f"{run.name}: {name} ({_count(run, name)})", each, _aes(run, base, weights, name))
            for name, each in run.sets.items()
        ]
    return markdown_table(HEAD, rows)


def table_of_changes(runs: Sequence[Run], base: Run, weights: AesWeights) -> str:
    """A Markdown table of what became of the base's numbers, with their 95% intervals.

    Args:
        runs: those that are compared with the base, which is passed over.
        base: the base model's run.
        weights: of AES.

    Returns:
        The table; empty where a record has no problems to resample.
    """
    rows = [
        [
            f"{run.name}: {name}",
            _interval(each.accuracy, 100, 1),
            _interval(each.tokens, 100, 1),
            _interval(each.aes, 1, 2),
        ]
        for run in runs
        if run is not base
        for name, each in changes(run, base, weights).items()
    ]
    head = [f"against {base.name}", "accuracy, points", "tokens, %", "AES"]
    return markdown_table(head, rows) if rows else ""


def draw(runs: Sequence[Run], base: Run | None, weights: AesWeights, *, paper: bool) -> Figure:
    """Accuracy against length, on average and on each set: better is up, shorter is left.

    Args:
        runs: to be shown.
        base: where there is one, lines of equal AES against it are drawn.
        weights: of AES.
        paper: whether to add the paper's row to the average.
    """
    from matplotlib.figure import Figure

    names = [None, *dict.fromkeys(name for run in runs for name in run.sets)]
    columns = min(3, len(names))
    lines = math.ceil(len(names) / columns)
    figure = Figure(figsize=(4.2 * columns, 3.6 * lines + 0.6), layout="constrained")
    all_axes = figure.subplots(lines, columns, squeeze=False).flat
    for name, axes in zip(names, all_axes, strict=False):
        _figures.plain(axes, name or "average over sets", "mean tokens")
        axes.set_ylabel("accuracy %", fontsize=9)
        for position, run in enumerate(runs):
            summary = run.average if name is None else run.sets.get(name)
            if summary is not None:
                _point(axes, summary, _figures.colour(position), run.name)
        if paper and name is None:
            axes.plot(PAPER.tokens, PAPER.accuracy, "*", color="black", label=PAPER.name)
        axes.margins(0.15)
        if base is not None:
            _contours(axes, base.average if name is None else base.sets[name], weights)
    for axes in list(all_axes)[len(names) :]:
        axes.set_axis_off()
    handles, labels = figure.axes[0].get_legend_handles_labels()
    title = "bars: 95% over problems" + ("; grey: equal AES" if base else "")
    figure.legend(
        handles,
        labels,
        loc="outside lower center",
        ncols=columns,
        fontsize=8,
        frameon=False,
        title=title,
        title_fontsize=8,
    )
    return figure


def _point(axes: Axes, summary: Summary, colour: str, label: str) -> None:
    low, high = summary.interval
    below, above = 100 * (summary.accuracy - low), 100 * (high - summary.accuracy)
    axes.errorbar(
        summary.tokens,
        100 * summary.accuracy,
        # The mean of lopsided resamples can lie outside of their quantiles.
        yerr=[[max(0.0, below)], [max(0.0, above)]],
        fmt="o",
        color=colour,
        capsize=3,
        label=label,
    )


def _contours(axes: Axes, base: Summary, weights: AesWeights) -> None:
    """Lines of equal AES in what is shown already."""
    if not (base.accuracy > 0 and base.tokens > 0):
        return
    x_limits, y_limits = axes.get_xlim(), axes.get_ylim()
    tokens, accuracy = np.meshgrid(np.linspace(*x_limits, 100), np.linspace(*y_limits, 100))
    of_base = np.asarray(base.accuracy), np.asarray(base.tokens)
    scores = aes_of(accuracy / 100, tokens, *of_base, weights=weights)
    lines = axes.contour(tokens, accuracy, scores, levels=7, colors="0.6", linewidths=0.6)
    axes.clabel(lines, fontsize=6)
    axes.set_xlim(x_limits)
    axes.set_ylim(y_limits)


def _interval(interval: Interval, factor: float, digits: int) -> str:
    value, low, high = (factor * each for each in interval)
    if math.isnan(value):
        return "-"
    if math.isnan(low):
        return f"{value:+.{digits}f}"
    return f"{value:+.{digits}f} ({low:+.{digits}f} to {high:+.{digits}f})"


def _aes(run: Run, base: Run | None, weights: AesWeights, name: str | None = None) -> float:
    if base is None:
        return math.nan
    if name is None:
        return score(run.average, base.average, weights)
    return score(run.sets[name], base.sets[name], weights)


def _count(run: Run, name: str) -> str:
    each = run.settings["sets"][name]
    return f"{each['problems']} x {each['samples']}"


def _row(name: str, summary: Summary, aes: float) -> list[str]:
    low, high = summary.interval
    return [
        name,
        f"{100 * summary.accuracy:.2f}",
        _or_dash(100 * summary.standard_error, 2),
        f"{100 * low:.1f} to {100 * high:.1f}",
        f"{100 * summary.pass_at_n:.2f}",
        f"{summary.tokens:.0f}",
        _or_dash(summary.tokens_correct, 0),
        f"{100 * summary.truncated:.1f}",
        _or_dash(aes, 2),
        _or_dash(100 * summary.long, 1),
    ]


def _or_dash(value: float, digits: int) -> str:
    return "-" if math.isnan(value) else f"{value:.{digits}f}"
