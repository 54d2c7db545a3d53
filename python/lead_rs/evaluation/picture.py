"""Runs beside each other: a table, and accuracy against length."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from lead_rs import _figures
from lead_rs.evaluation.results import Run, score
from lead_rs.evaluation.statistics import LONG, AesWeights, Summary
from lead_rs.tables import markdown_table

if TYPE_CHECKING:
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


def draw(runs: Sequence[Run], *, paper: bool) -> Figure:
    """Accuracy against length: better is up, shorter is left."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.5, 4.5), layout="constrained")
    axes = figure.subplots()
    _figures.plain(axes, "accuracy % (bars: 95% over problems), average over sets", "mean tokens")
    for position, run in enumerate(runs):
        average, colour = run.average, _figures.colour(position)
        low, high = average.interval
        below, above = 100 * (average.accuracy - low), 100 * (high - average.accuracy)
        axes.errorbar(
            average.tokens,
            100 * average.accuracy,
            # The mean of lopsided resamples can lie outside of their quantiles.
            yerr=[[max(0.0, below)], [max(0.0, above)]],
            fmt="o",
            color=colour,
            capsize=3,
            label=run.name,
        )
    if paper:
        axes.plot(PAPER.tokens, PAPER.accuracy, "*", color="black", label=PAPER.name)
    axes.legend(fontsize=8, frameon=False)
    axes.margins(0.15)
    return figure


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
