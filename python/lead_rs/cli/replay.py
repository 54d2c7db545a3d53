"""``python -m lead_rs replay ROLLOUTS``: a run's rollouts under other settings."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from lead_rs import _figures
from lead_rs._errors import CommandError
from lead_rs._extras import require
from lead_rs.replay import picture, settings
from lead_rs.replay.simulation import Replay, replay
from lead_rs.runs.logs import Log, load_log
from lead_rs.runs.rollouts import CORRECTNESS, Step, load_rollouts


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
        "--log",
        metavar="RUN_DIR",
        type=Path,
        help="the run's log, as `report` takes it: say whether --base gives the weights it has",
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
    if arguments.log is not None:
        text += f"\n{against_log(replays[0], load_log(arguments.log))}\n"
    arguments.out.mkdir(parents=True, exist_ok=True)
    arguments.out.joinpath("replay.md").write_text(text, encoding="utf-8")
    picture.write_steps(replays, arguments.out / "steps.csv")
    _figures.save(picture.draw(replays), arguments.out / "replay.png")
    print(f"{text}\n{arguments.out / 'replay.png'}")
    return 0


# What LEAD's step starts from, in the order in which one explains the other.
_INPUTS = {
    "lead/accuracy_batch": "the correctness is not the run's",
    "lead/resp_len_mean": "the lengths are not the run's",
    "lead/lstar_mean": "the target lengths are others: is --base what the run had?",
    "lead/w_corr": "the settings of the weights are others: is --base what the run had?",
}


def against_log(replayed: Replay, log: Log) -> str:
    """Say whether a replay gives what the run logged, and if not, where they part.

    Raises:
        CommandError: a log of other steps, or of a run without LEAD.
    """
    both = {
        step: (row, log.steps[step])
        for step, row in zip(replayed.steps, replayed.metrics, strict=True)
        if "lead/w_corr" in log.steps.get(step, {})
    }
    if not both:
        raise CommandError("the log has LEAD's weights of none of the rollouts' steps")
    largest = max(abs(a["lead/w_corr"] - b["lead/w_corr"]) for a, b in both.values())
    result = f"lambda_corr of {len(both)} steps is the log's within {largest:.1e}"
    # TensorBoard keeps 32 bits.
    for metric, reason in _INPUTS.items():
        for step, (a, b) in both.items():
            if metric in b and abs(a[metric] - b[metric]) > 1e-6 * max(1, abs(b[metric])):
                return (
                    f"{result}: at step {step} {metric} is {a[metric]:.6g} here and "
                    f"{b[metric]:.6g} in the log, so {reason}"
                )
    return result


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
