"""The settings side by side: as a table, a picture, and numbers per step."""

from __future__ import annotations

import csv
import math
import textwrap
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
    """The share of prompts without a target of their own, a value per step; NaN without targets."""
    unsolved = replay.curve("lead/num_unsolved_prompts")
    solvable = replay.curve("lead/num_solvable_prompts")
    return [some / (some + others) for some, others in zip(unsolved, solvable, strict=True)]


def table(replays: Sequence[Replay]) -> str:
    """A Markdown table, a column per setting."""
    head = ["", *(replay.label for replay in replays)]

    def row(name: str, values: Sequence[float], digits: int) -> list[str]:
        return [name, *("-" if math.isnan(value) else f"{value:.{digits}f}" for value in values)]

    rows = []
    for name in weighed(replays):
        curves = [_weight(replay, name) for replay in replays]
        rows.append(row(f"{_called(name, replays)}, last step", [curve[-1] for curve in curves], 4))
        rows.append(row(f"{_called(name, replays)}, mean", [_mean(curve) for curve in curves], 4))
    for name, metric, digits in (
        ("L* of solvable prompts, tokens", "lead/lstar_mean_solvable", 1),
        ("advantage~length r", "lead/adv_len_corr", 3),
        ("  of correct ones", "lead/adv_len_corr_correct", 3),
    ):
        rows.append(row(name, [_mean(replay.curve(metric)) for replay in replays], digits))
    rows.append(row("unsolved prompts, share", [_mean(unsolved_share(r)) for r in replays], 3))
    rows += [
        row(f"advantage: {name}", [replay.pull[kind] for replay in replays], 3)
        for kind, name in enumerate(CLASSES)
    ]
    return markdown_table(head, rows)


def weighed(replays: Sequence[Replay]) -> list[str]:
    """The rewards whose weights are shown: of correctness and efficiency the first says both."""
    names = []
    for replay in replays:
        own = list(replay.weights())
        names += own[:1] if replay.config.rewards is None else own
    return list(dict.fromkeys(names))


def _weight(replay: Replay, name: str) -> list[float]:
    return replay.curve(replay.weights().get(name, ""))


def _called(name: str, replays: Sequence[Replay]) -> str:
    paper = all(replay.config.rewards is None for replay in replays)
    return "lambda_corr, the weight of correctness" if paper else f"weight of {name}"


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

    names = weighed(replays)
    curves = [(_called(name, replays), [_weight(r, name) for r in replays]) for name in names]
    curves += [
        ("L* of solvable prompts, tokens", [r.curve("lead/lstar_mean_solvable") for r in replays]),
        ("unsolved prompts, share", [unsolved_share(r) for r in replays]),
        ("correlation of advantage and length", [r.curve("lead/adv_len_corr") for r in replays]),
    ]
    lines = -(-len(curves) // 2)
    figure = Figure(figsize=(11, 3 * (lines + 1)), layout="constrained")
    grid = figure.add_gridspec(lines + 1, 2)
    for place, (title, values) in enumerate(curves):
        axes = figure.add_subplot(grid[divmod(place, 2)])
        _figures.plain(axes, title, "step")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        for position, (replay, curve) in enumerate(zip(replays, values, strict=True)):
            axes.plot(
                replay.steps,
                curve,
                color=_figures.colour(position),
                # The first are wider: where curves are equal, they are seen beside the last.
                linewidth=1.5 + 5 * (1 - (position + 1) / len(replays)),
                label=_short(replay.label) if place == 0 else None,
                marker="." if len(curve) < 30 else None,
            )
    axes.axhline(0, color="black", linewidth=0.6)
    figure.legend(loc="outside upper center", ncols=min(3, len(replays)), fontsize=8, frameon=False)
    _bars(figure.add_subplot(grid[lines, :]), replays)
    return figure


def _short(label: str) -> str:
    """A label in lines that fit into a third of the picture."""
    return "\n".join(textwrap.wrap(label, 44, break_long_words=True))


def _bars(axes: Axes, replays: Sequence[Replay]) -> None:
    _figures.plain(axes, "mean advantage by class of response, over the run, standard deviations")
    width = 0.8 / len(replays)
    for position, replay in enumerate(replays):
        places = [kind - 0.4 + (position + 0.5) * width for kind in range(len(CLASSES))]
        axes.bar(places, replay.pull, width, color=_figures.colour(position))
    axes.set_xticks(range(len(CLASSES)), CLASSES, fontsize=8)
    axes.axhline(0, color="black", linewidth=0.6)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
