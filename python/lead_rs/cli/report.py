"""``lead-rs report RUN_DIR``: a page of pictures from verl's or TRL's log."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from lead_rs import _figures
from lead_rs._errors import CommandError
from lead_rs._extras import require
from lead_rs._files import whole_file
from lead_rs.cli.command import Command, Result
from lead_rs.report import page, panels
from lead_rs.report.run import load_run
from lead_rs.report.table import write_steps


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what is its own to the command's parser."""
    parser.add_argument(
        "runs",
        metavar="RUN_DIR",
        nargs="+",
        type=Path,
        help="the folder of a run (output_dir of TRL's), or its log itself",
    )
    parser.add_argument(
        "--out",
        metavar="DIR",
        type=Path,
        default=Path("report"),
        help="gets report.html, steps.csv and a PNG per panel; default: %(default)s",
    )


def run(arguments: argparse.Namespace) -> Result:
    """Write the page and its pictures."""
    require("the report", "report", "matplotlib")
    runs = dict(zip(names(arguments.runs), map(load_run, arguments.runs), strict=True))
    drawings = {}
    for panel in panels.PANELS:
        shown = panels.drawing(panel, runs)
        if shown is not None:
            drawings[panel.name] = shown
            _figures.save(panels.draw(panel, shown), arguments.out / f"{panel.name}.png")
    if not drawings:
        raise CommandError("the log has none of the metrics that the report draws")
    with whole_file(arguments.out / "steps.csv") as unfinished:
        write_steps(runs, unfinished)
    path = arguments.out / "report.html"
    with whole_file(path) as unfinished:
        unfinished.write_text(page.page(runs, drawings), encoding="utf-8")
    notes = {name: run.log.notes for name, run in runs.items()}
    lines = [f"{name}: {note}" for name, each in notes.items() for note in each]
    data = {"page": path, "panels": list(drawings), "notes": notes}
    return Result(data, "\n".join([*lines, str(path)]))


def names(paths: Sequence[Path]) -> list[str]:
    """Name each run by the end of its path, as much of it as tells them apart.

    Raises:
        CommandError: a run twice.

    Example:
        >>> names([Path("out/seed1/lead"), Path("out/seed1/grpo")])
        ['lead', 'grpo']
        >>> names([Path("out/seed1/lead"), Path("out/seed2/lead")])
        ['seed1/lead', 'seed2/lead']
    """
    whole = [path.resolve().parts for path in paths]
    if len(set(whole)) < len(whole):
        raise CommandError(f"a run is there twice: {', '.join(map(str, paths))}")
    for count in range(1, max(map(len, whole))):
        shown = ["/".join(parts[-count:]) for parts in whole]
        if len(set(shown)) == len(shown):
            return shown
    return [str(path) for path in paths]


COMMAND = Command(
    "report",
    "draw what a training run did, from verl's or TRL's log",
    "lead-rs report RUN_DIR OTHER_RUN_DIR --out report",
    run,
    add_arguments,
    more="The log may be verl's file logger's, TensorBoard's, what verl printed, or that in TRL's "
    "checkpoints. Drawn are accuracy, lengths, target lengths, weights, instability and "
    "advantages; several runs are laid over each other.",
)
