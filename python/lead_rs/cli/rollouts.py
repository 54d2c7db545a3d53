"""What `replay` and `lint` ask for alike: a run's rollouts, its settings, and where it began."""

from __future__ import annotations

import argparse
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lead_rs.replay import settings
from lead_rs.runs import trl
from lead_rs.runs.recorded import settings_of, state_before
from lead_rs.runs.rollouts import CORRECTNESS, Extract, Step, is_every_nth, load_rollouts

_logger = logging.getLogger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments to a command's."""
    parser.add_argument(
        "rollouts",
        metavar="ROLLOUTS",
        type=Path,
        help="trainer.rollout_data_dir of a verl run, output_dir of a TRL run, or a parquet of "
        "(step, uid, correct, length)",
    )
    parser.add_argument(
        "--base",
        metavar="KEY=VALUE,...",
        default="",
        help="the run's own settings, as beta=0.9,lstar_mode=max_sym; lists as JSON. Default: with "
        "--log what the run has recorded, else LEAD's defaults",
    )
    parser.add_argument(
        "--log",
        metavar="RUN_DIR",
        type=Path,
        help="the run's folder, or its log, as `report` takes it: its settings, and the weights "
        "that it began with, are taken from there. Default: a TRL run's own",
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
        help="the run's limit; responses of that length were cut off",
    )
    parser.add_argument(
        "--allow-missing",
        action="store_true",
        help="go on where steps are missing, or a prompt has fewer responses than others",
    )


def base(arguments: argparse.Namespace) -> dict[str, settings.Value]:
    """The run's own settings by name: of the command line, else recorded, else none.

    Raises:
        CommandError: a setting that isn't one, or a record that cannot be read.
    """
    if arguments.base:
        return settings.parse(arguments.base)
    run = log_of(arguments)
    recorded = None if run is None else settings_of(run)
    if recorded is None:
        return {}
    _logger.info(f"the settings are those of {recorded.path}")
    return recorded.config.to_dict()


def log_of(arguments: argparse.Namespace) -> Path | None:
    """Where the run's log and state are: what ``--log`` says, else the run of LEAD's in TRL itself.

    Raises:
        CommandError: a checkpoint that cannot be read.
    """
    if arguments.log is not None:
        log: Path = arguments.log
        return log
    run = trl.run_of(arguments.rollouts)
    return run if run is not None and settings_of(run) is not None else None


def load(
    arguments: argparse.Namespace, rewards: Sequence[str], extract: Extract | None = None
) -> list[Step]:
    """The rollouts, with the rewards of these keys.

    Raises:
        CommandError: as `load_rollouts`.
    """
    steps = load_rollouts(
        arguments.rollouts,
        correctness=arguments.correctness,
        tokenizer=arguments.tokenizer,
        max_response_length=arguments.max_response_length,
        allow_missing=arguments.allow_missing,
        rewards=rewards,
        extract=extract,
    )
    numbers = [step.place for step in steps]
    if is_every_nth(numbers):
        _logger.warning(
            f"the rollouts are {numbers[1] - numbers[0]} steps apart: weights move as if no step "
            f"was between"
        )
    return steps


def start(arguments: argparse.Namespace, steps: Sequence[Step]) -> dict[str, Any] | None:
    """The state that the run had before the first of the steps; None if it had none, or is unknown.

    Raises:
        CommandError: a state that cannot be read.
    """
    first = steps[0].number
    if steps[0].place <= 1:
        return None
    run = log_of(arguments)
    found = None if run is None else state_before(run, first)
    if found is None:
        _logger.warning(
            f"the rollouts begin at step {first}, and the weights at their start there: those of "
            f"the run had moved by then. With --log RUN_DIR they begin with LEAD's state in the "
            f"checkpoint before, if it is there"
        )
        return None
    _logger.info(f"the weights begin with {found.path}")
    return found.state
