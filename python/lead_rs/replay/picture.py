"""The settings side by side: as a table, a picture, and numbers per step."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lead_rs import _figures
from lead_rs._files import whole_file
from lead_rs.replay.simulation import CLASSES, Replay
from lead_rs.tables import markdown_table

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def unsolved_share(replay: Replay) -> list[float]:
    """The share of prompts without a target of their own, a value per step."""
    return [
        row["lead/num_unsolved_prompts"]
        / (row["lead/num_unsolved_prompts"] + row["lead/num_solvable_prompts"])
        for row in replay.metrics
    ]


def table(replays: Sequence[Replay]) -> str:
    """A Markdown table, a column per setting."""
    head = ["", *(replay.label for replay in replays)]

    def row(name: str, values: Sequence[float], digits: int) -> list[str]:
        return [name, *("-" if math.isnan(value) else f"{value:.{digits}f}" for value in values)]

    corr = [replay.curve("lead/w_corr") for replay in replays]
    rows = [
        row("lambda_corr, last step", [curve[-1] for curve in corr], 4),
        row("lambda_corr, mean", [_mean(curve) for curve in corr], 4),
        row(
            "L* of solvable prompts",
            [_mean(r.curve("lead/lstar_mean_solvable")) for r in replays],
            1,
        ),
        row("unsolved prompts", [_mean(unsolved_share(r)) for r in replays], 3),
        row("advantage~length r", [_mean(r.curve("lead/adv_len_corr")) for r in replays], 3),
        row("  of correct ones", [_mean(r.curve("lead/adv_len_corr_correct")) for r in replays], 3),
    ]
    rows += [
        row(f"advantage: {name}", [replay.pull[kind] for replay in replays], 3)
        for kind, name in enumerate(CLASSES)
    ]
    return markdown_table(head, rows)


def write_steps(replays: Sequence[Replay], path: Path) -> None:
    """Write every metric and class of every setting, a CSV row per step."""
    names = list(replays[0].metrics[0])
    extra = [name for replay in replays for name in replay.metrics[0] if name not in names]
    names += dict.fromkeys(extra)
    classes = [f"advantage: {name}" for name in CLASSES]
    with whole_file(path) as unfinished, unfinished.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, ["setting", "step", *names, *classes])
        writer.writeheader()
        for replay in replays:
            for number, metrics, advantages in zip(
                replay.steps, replay.metrics, replay.advantages, strict=True
            ):
                by_class = {
                    name: "" if math.isnan(value) else value
                    for name, value in zip(classes, advantages, strict=True)
                }
                writer.writerow({"setting": replay.label, "step": number, **metrics, **by_class})


def draw(replays: Sequence[Replay]) -> Figure:
    """The picture: weights, targets, unsolved prompts, push, and who gets the advantages."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    figure = Figure(figsize=(11, 9), layout="constrained")
    grid = figure.add_gridspec(3, 2)
    panels = [figure.add_subplot(grid[row, column]) for row in (0, 1) for column in (0, 1)]
    curves = [
        ("lambda_corr, the weight of correctness", [r.curve("lead/w_corr") for r in replays]),
        ("L* of solvable prompts, tokens", [r.curve("lead/lstar_mean_solvable") for r in replays]),
        ("share of unsolved prompts", [unsolved_share(r) for r in replays]),
        ("correlation of advantage and length", [r.curve("lead/adv_len_corr") for r in replays]),
    ]
    for axes, (title, values) in zip(panels, curves, strict=True):
        _figures.plain(axes, title, "step")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        for position, (replay, curve) in enumerate(zip(replays, values, strict=True)):
            axes.plot(
                replay.steps,
                curve,
                color=_figures.colour(position),
                label=replay.label,
                marker="." if len(curve) < 30 else None,
            )
    panels[0].legend(fontsize=8, frameon=False)
    panels[3].axhline(0, color="black", linewidth=0.6)
    _bars(figure.add_subplot(grid[2, :]), replays)
    return figure


def _bars(axes: Axes, replays: Sequence[Replay]) -> None:
    _figures.plain(axes, "mean advantage by class of response, over the run")
    width = 0.8 / len(replays)
    for position, replay in enumerate(replays):
        places = [kind - 0.4 + (position + 0.5) * width for kind in range(len(CLASSES))]
        axes.bar(places, replay.pull, width, color=_figures.colour(position))
    axes.set_xticks(range(len(CLASSES)), CLASSES)
    axes.axhline(0, color="black", linewidth=0.6)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
