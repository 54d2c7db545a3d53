"""The command line: ``lead-rs COMMAND``, each command the module of its name."""

from __future__ import annotations

import argparse
import json
import logging
import math
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lead_rs import __version__
from lead_rs._errors import CommandError
from lead_rs.cli import check, data, demo, eval, grade, lint, replay, report, terminal, train
from lead_rs.cli.command import Result

COMMANDS = (
    check.COMMAND,
    data.COMMAND,
    train.COMMAND,
    demo.COMMAND,
    eval.COMMAND,
    report.COMMAND,
    replay.COMMAND,
    lint.COMMAND,
    grade.COMMAND,
)

_logger = logging.getLogger(__name__)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: the command line; default: this process's.

    Returns:
        The exit status: 0 if all is well, 1 if `lint` has found a fault or `grade` a wrong answer,
            2 if the command cannot do what was asked, 130 if it was interrupted.
    """
    parser = _parser()
    parsed = parser.parse_args(arguments)
    if parsed.command is None:
        parser.print_help()
        return 0
    level = logging.WARNING if parsed.quiet else logging.DEBUG if parsed.verbose else logging.INFO
    with terminal.notes(level):
        try:
            result = parsed.command.run(parsed)
            status = result if isinstance(result, int) else _show(result, as_json=parsed.json)
            sys.stdout.flush()
        except CommandError as error:
            _logger.error("%s", error, exc_info=parsed.verbose)
            return 2
        except BrokenPipeError:  # who read the output has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 1
        except OSError as error:
            _logger.error("%s", in_words(error), exc_info=parsed.verbose)
            return 2
        except KeyboardInterrupt:
            _logger.error("stopped")
            return 130
    return status


def in_words(error: OSError) -> str:
    """An error of the operating system as one sentence.

    Example:
        >>> in_words(IsADirectoryError(21, "Is a directory", "out/report.html"))
        'out/report.html cannot be used: Is a directory'
    """
    path = error.filename2 or error.filename
    if path is None or error.strerror is None:
        return str(error)
    return f"{os.fsdecode(path)} cannot be used: {error.strerror}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="lead-rs",
        description="LEAD: length-efficient reinforcement learning. `lead-rs COMMAND --help` says "
        "more of each command.",
    )
    parser.add_argument("--version", action="version", version=f"lead-rs {__version__}")
    parser.set_defaults(command=None)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    for command in COMMANDS:
        _add_output_options(command.add_to(commands))
    return parser


def _add_output_options(parser: argparse.ArgumentParser) -> None:
    """What all commands have."""
    output = parser.add_argument_group("output")
    output.add_argument("--json", action="store_true", help="print the result as JSON")
    amount = output.add_mutually_exclusive_group()
    amount.add_argument(
        "--quiet", action="store_true", help="print the result, and what is wrong, but no progress"
    )
    amount.add_argument(
        "--verbose", action="store_true", help="print more on the way, and where errors come from"
    )


def _show(result: Result, *, as_json: bool) -> int:
    if as_json:
        print(json.dumps(_plain(result.data), indent=1))
    else:
        terminal.show(result.text, markdown=result.markdown)
    return result.status


def _plain(data: Any) -> Any:
    """What JSON has no word for, in its words: NaN is null, a path a text."""
    if isinstance(data, Mapping):
        return {str(key): _plain(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_plain(value) for value in data]
    if isinstance(data, float) and not math.isfinite(data):
        return None
    return str(data) if isinstance(data, Path) else data
