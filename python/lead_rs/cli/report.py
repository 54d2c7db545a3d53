"""``python -m lead_rs report RUN_DIR``: a page of pictures from verl's log."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lead_rs import _figures
from lead_rs._errors import CommandError
from lead_rs._extras import require
from lead_rs._files import whole_file
from lead_rs.report import page, panels
from lead_rs.runs.logs import load_log


def add_parser(commands: Any) -> None:
    """Add the command to the command line's."""
    parser = commands.add_parser(
        "report",
        help="draw what a training run did, from verl's log",
        description="Draw what a training run did, from verl's log (file logger, TensorBoard, or "
        "what it printed): accuracy, lengths, target lengths, weights, instability, advantages. "
        "Several runs are laid over each other.",
    )
    parser.add_argument(
        "runs",
        metavar="RUN_DIR",
        nargs="+",
        type=Path,
        help="the folder of a run, or its log itself",
    )
    parser.add_argument(
        "--out",
        metavar="DIR",
        type=Path,
        default=Path("report"),
        help="gets report.html and a PNG per panel; default: %(default)s",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write the page and its pictures; 0."""
    require("the report", "report", "matplotlib")
    logs = dict(zip(names(arguments.runs), map(load_log, arguments.runs), strict=True))
    pictures = {}
    for panel in panels.PANELS:
        figure = panels.draw(panel, logs)
        if figure is not None:
            pictures[panel.name] = arguments.out / f"{panel.name}.png"
            _figures.save(figure, pictures[panel.name])
    if not pictures:
        raise CommandError("the log has none of the metrics that the report draws")
    path = arguments.out / "report.html"
    with whole_file(path) as unfinished:
        unfinished.write_text(page.page(logs, pictures), encoding="utf-8")
    for name, log in logs.items():
        for note in log.notes:
            print(f"{name}: {note}")
    print(path)
    return 0


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
