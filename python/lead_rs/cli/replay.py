"""``python -m lead_rs replay ROLLOUTS``: a run's rollouts under other settings."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from lead_rs import _figures
from lead_rs._errors import CommandError
from lead_rs._extras import require
from lead_rs.cli import rollouts
from lead_rs.lint import CLAMPED
from lead_rs.lint.findings import lint
from lead_rs.replay import picture, settings
from lead_rs.replay.simulation import Replay, replay
from lead_rs.runs.logs import Log, load_log
from lead_rs.runs.rollouts import Step


def add_parser(commands: Any) -> None:
    """Add the command to the command line's."""
    parser = commands.add_parser(
        "replay",
        help="show what LEAD would have done with a run's rollouts under other settings",
        description="Show what LEAD's weights, target lengths and advantages would have been on "
        "the rollouts of a run under other settings, without training again. The rollouts "
        "themselves stay those of the run.",
    )
    rollouts.add_arguments(parser)
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
    base = rollouts.base(arguments)
    variants = {"base": settings.config(base)}
    for text in arguments.settings:
        if text in variants:
            raise CommandError(f"--set {text} is there twice")
        variants[text] = settings.config({**base, **settings.parse(text)})

    keys = [key for config in variants.values() for key in config.reward_keys]
    steps = rollouts.load(arguments, list(dict.fromkeys(keys)))
    state = rollouts.start(arguments, steps)
    for label, config in variants.items():
        [clamped] = lint(steps, config=config, state=state, checks=[CLAMPED])
        if clamped.value == 1:
            rollouts.say(
                f"{label}: every target length is lstar_min ({config.lstar_min:g}) or bmax "
                f"({config.bmax:g}), tokens: no response is measured by the model's own lengths"
            )
    replays = [replay(steps, each, label=label, state=state) for label, each in variants.items()]
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
}
_OTHER_WEIGHTS = "the settings of the weights are others: is --base what the run had?"


def against_log(replayed: Replay, log: Log) -> str:
    """Say whether a replay gives what the run logged, and if not, where they part.

    Raises:
        CommandError: a log of other steps, or of a run without LEAD.
    """
    weights = replayed.weights()
    anchor = next(iter(weights.values()))
    both = {
        step: (row, log.steps[step])
        for step, row in zip(replayed.steps, replayed.metrics, strict=True)
        if anchor in log.steps.get(step, {})
    }
    if not both:
        raise CommandError("the log has LEAD's weights of none of the rollouts' steps")
    largest = max(abs(a[anchor] - b[anchor]) for a, b in both.values())
    name = (
        "lambda_corr" if replayed.config.rewards is None else f"the weight of {next(iter(weights))}"
    )
    result = f"{name} of {len(both)} steps is the log's within {largest:.1e}"
    # TensorBoard keeps 32 bits.
    for metric, reason in {**_INPUTS, anchor: _OTHER_WEIGHTS}.items():
        for step, (a, b) in both.items():
            if (
                metric in a
                and metric in b
                and abs(a[metric] - b[metric]) > 1e-6 * max(1, abs(b[metric]))
            ):
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
        f"accuracy {correct / responses:.3f}, mean length {tokens / responses:.1f} tokens"
    )
