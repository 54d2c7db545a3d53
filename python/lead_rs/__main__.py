"""The command line, ``python -m lead_rs COMMAND``: each command is a module of its own."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from lead_rs import __version__, check, grade_command


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: the command line; default: this process's.

    Returns:
        The exit status: 0 if all is well.
    """
    parser = argparse.ArgumentParser(
        prog="python -m lead_rs", description="LEAD: length-efficient reinforcement learning."
    )
    parser.add_argument("--version", action="version", version=f"lead_rs {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in (check, grade_command):
        command.add_parser(commands)
    parsed = parser.parse_args(arguments)
    status: int = parsed.run(parsed)
    return status


if __name__ == "__main__":
    sys.exit(main())
