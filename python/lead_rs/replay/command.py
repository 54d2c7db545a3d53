"""``python -m lead_rs replay ROLLOUTS``: a run's rollouts under other settings."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from lead_rs import _figures
from lead_rs._command import CommandError, require
from lead_rs.replay import picture, settings
from lead_rs.replay.rollouts import CORRECTNESS, Step, load_rollouts
from lead_rs.replay.simulation import replay


def add_parser(commands: Any) -> None:
    """Add the command to the command line's."""
    parser = commands.add_parser(
        "replay",
        help="show what LEAD would have done with a run's rollouts under other settings",
        description="Show what LEAD's weights, target lengths and advantages would have been on "
        "the rollouts of a run under other settings, without training again. The rollouts "
        "themselves stay those of the run.",
    )
    parser.add_argument(
        "rollouts",
        metavar="ROLLOUTS",
        type=Path,
        help="trainer.rollout_data_dir of a verl run, or a parquet of (step, uid, correct, length)",
    )
    parser.add_argument(
        "--base",
        metavar="KEY=VALUE,...",
        default="",
        help="the run's own settings, which the others start from; default: LEAD's defaults",
    )
    parser.add_argument(
        "--set",
        metavar="KEY=VALUE,...",
        dest="settings",
        action="append",
        default=[],
        help="a setting to show beside it, as beta=0.9 or beta=0.9,aggregator=median_correct; "
        "may be repeated",
    )
    parser.add_argument(
        "--correctness",
        choices=CORRECTNESS,
        help="what of a dump says that a response is correct; grade: grade the output anew. "
        "Default: acc, else a score of 0 or 1",
    )
    parser.add_argument(
        "--tokenizer", metavar="MODEL", help="counts tokens where a dump has no response_length"
    )
    parser.add_argument(
        "--max-response-length",
        metavar="TOKENS",
        type=int,
        help="the run's limit; with --tokenizer, for responses that were cut off",
    )
    parser.add_argument(
        "--allow-missing",
        action="store_true",
        help="go on where steps are missing, or a prompt has fewer responses than others",
    )
    parser.add_argument(
        "--out",
        metavar="DIR",
        type=Path,
        default=Path("replay"),
        help="gets replay.png, replay.md and steps.csv; default: %(default)s",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the table, write it with the picture; 0."""
    require("the picture", "report", "matplotlib")
    base = settings.parse(arguments.base) if arguments.base else {}
    variants = {"base": settings.config(base)}
    for text in arguments.settings:
        if text in variants:
            raise CommandError(f"--set {text} is there twice")
        variants[text] = settings.config({**base, **settings.parse(text)})

    steps = load_rollouts(
        arguments.rollouts,
        correctness=arguments.correctness,
        tokenizer=arguments.tokenizer,
        max_response_length=arguments.max_response_length,
        allow_missing=arguments.allow_missing,
    )
    if steps[0].number > 1:
        print(
            f"replay: the rollouts begin at step {steps[0].number}, and the weights at 0.5 there: "
            f"those of the run had moved by then",
            file=sys.stderr,
        )
    replays = [replay(steps, config, label=label) for label, config in variants.items()]
    text = f"{_heading(steps)}\n\n{picture.table(replays)}\n"
    arguments.out.mkdir(parents=True, exist_ok=True)
    arguments.out.joinpath("replay.md").write_text(text, encoding="utf-8")
    picture.write_steps(replays, arguments.out / "steps.csv")
    _figures.save(picture.draw(replays), arguments.out / "replay.png")
    print(f"{text}\n{arguments.out / 'replay.png'}")
    return 0


def _heading(steps: list[Step]) -> str:
    responses = sum(map(len, steps))
    correct = sum(
        int(((step.correctness > 0.5) & (step.response_length > 0)).sum()) for step in steps
    )
    tokens = sum(float(step.response_length.sum()) for step in steps)
    return (
        f"{len(steps)} steps ({steps[0].number} to {steps[-1].number}), {responses} responses, "
        f"accuracy {correct / responses:.3f}, mean length {tokens / responses:.1f}"
    )
