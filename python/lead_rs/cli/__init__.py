"""The command line: ``python -m lead_rs COMMAND``, each command the module of its name."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from lead_rs import __version__
from lead_rs._errors import CommandError
from lead_rs.cli import check, eval, grade, lint, replay, report

COMMANDS = (check, grade, eval, replay, report, lint)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: the command line; default: this process's.

    Returns:
        The exit status: 0 if all is well, 1 if `lint` has found a fault, 2 if the command
            cannot do what was asked.
    """
    parser = argparse.ArgumentParser(
        prog="python -m lead_rs", description="LEAD: length-efficient reinforcement learning."
    )
    parser.add_argument("--version", action="version", version=f"lead_rs {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.add_parser(commands)
    parsed = parser.parse_args(arguments)
    try:
        status: int = parsed.run(parsed)
    except CommandError as error:
        print(f"lead_rs: {error}", file=sys.stderr)
        return 2
    return status
