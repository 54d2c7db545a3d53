"""``lead-rs replay ROLLOUTS``: a run's rollouts under other settings."""

from __future__ import annotations

import argparse
import logging
from pathlib import Path
from statistics import fmean
from typing import Any

from lead_rs import _figures
from lead_rs._errors import CommandError
from lead_rs._extras import require
from lead_rs.cli import rollouts
from lead_rs.cli.command import Command, Result
from lead_rs.lint import CLAMPED
from lead_rs.lint.findings import lint
from lead_rs.replay import picture, settings
from lead_rs.replay.simulation import CLASSES, Replay, replay
from lead_rs.runs.logs import Log, load_log
from lead_rs.runs.rollouts import Step

_logger = logging.getLogger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what is its own to the command's parser."""
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


def run(arguments: argparse.Namespace) -> Result:
    """The table; written with the picture."""
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
            _logger.warning(
                f"{label}: every target length is lstar_min ({config.lstar_min:g}) or bmax "
                f"({config.bmax:g}), tokens: no response is measured by the model's own lengths"
            )
    replays = [replay(steps, each, label=label, state=state) for label, each in variants.items()]
    text = f"{_heading(steps)}\n\n{picture.table(replays)}\n"
    log = rollouts.log_of(arguments)
    compared = None if log is None else against_log(replays[0], load_log(log))
    if compared is not None:
        text += f"\n{compared}\n"
    arguments.out.mkdir(parents=True, exist_ok=True)
    arguments.out.joinpath("replay.md").write_text(text, encoding="utf-8")
    picture.write_steps(replays, arguments.out / "steps.csv")
    _figures.save(picture.draw(replays), arguments.out / "replay.png")
    data = {
        "steps": [step.number for step in steps],
        "responses": sum(map(len, steps)),
        "settings": {each.label: _data(each) for each in replays},
        "against_log": compared,
        "out": arguments.out,
    }
    return Result(data, f"{text}\n{arguments.out / 'replay.png'}", markdown=True)


def _data(replayed: Replay) -> dict[str, Any]:
    weights = replayed.weights().items()
    return {
        "config": replayed.config.to_dict(),
        "weights": {name: replayed.curve(metric) for name, metric in weights},
        "advantages": dict(zip(CLASSES, replayed.pull, strict=True)),
    }


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
    both = {step: (row, log.steps[step]) for step, row in _as_logged(replayed, log, anchor).items()}
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


def _as_logged(replayed: Replay, log: Log, anchor: str) -> dict[int, dict[str, float]]:
    """A replay's metrics by the steps of a log that have the anchor, means where it has means."""
    logged = [step for step, row in log.steps.items() if anchor in row]
    rows: dict[int, list[dict[str, float]]] = {}
    for step, row in zip(replayed.steps, replayed.metrics, strict=True):
        at = next((each for each in logged if each >= step), None)
        if at is not None and (at == step or log.means):
            rows.setdefault(at, []).append(row)
    return {
        step: {
            name: fmean(row[name] for row in each)
            for name in each[0]
            if all(name in row for row in each)
        }
        for step, each in rows.items()
    }


def _heading(steps: list[Step]) -> str:
    responses = sum(map(len, steps))
    correct = sum(
        int(((step.correctness > 0.5) & (step.response_length > 0)).sum()) for step in steps
    )
    tokens = sum(float(step.response_length.sum()) for step in steps)
    numbers = {step.number for step in steps}
    return (
        f"{len(numbers)} steps ({steps[0].number} to {steps[-1].number}), {responses} responses, "
        f"accuracy {correct / responses:.3f}, mean length {tokens / responses:.1f} tokens"
    )


COMMAND = Command(
    "replay",
    "show what LEAD would have done with a run's rollouts under other settings",
    "lead-rs replay RUN_DIR/rollouts --log RUN_DIR --set beta=0.9 --set aggregator=min_correct",
    run,
    add_arguments,
    more="It computes LEAD's weights, target lengths and advantages on the rollouts, without "
    "training again. The rollouts themselves stay those of the run.",
)
