"""What a command is, and what comes of it."""

from __future__ import annotations

import argparse
import dataclasses
import textwrap
from collections.abc import Callable
from typing import Any

WIDTH = 100


@dataclasses.dataclass(frozen=True)
class Result:
    """What a command has found.

    Attributes:
        data: for ``--json``.
        text: for people.
        status: the exit status.
        markdown: whether the text is Markdown, as tables are.
    """

    data: Any
    text: str
    status: int = 0
    markdown: bool = False


@dataclasses.dataclass(frozen=True)
class Command:
    """A command of the command line.

    Attributes:
        name: what it is called by.
        sentence: what it does, for the list of commands.
        example: command lines, for its help.
        run: does it; where it has printed what came of it already, only the exit status is left.
        add_arguments: adds what is its own to its parser.
        more: further sentences for its help.
        listing: the end of its help.
        aliases: other names.
    """

    name: str
    sentence: str
    example: str
    run: Callable[[argparse.Namespace], Result | int]
    add_arguments: Callable[[argparse.ArgumentParser], None] = lambda parser: None
    more: str = ""
    listing: str = ""
    aliases: tuple[str, ...] = ()

    def add_to(self, commands: Any) -> argparse.ArgumentParser:
        """Add it to the command line's commands; its parser."""
        sentence = f"{self.sentence[0].upper()}{self.sentence[1:]}. {self.more}".strip()
        parser: argparse.ArgumentParser = commands.add_parser(
            self.name,
            aliases=self.aliases,
            help=self.sentence,
            description=textwrap.fill(sentence, WIDTH),
            epilog=f"example:\n{textwrap.indent(self.example, '  ')}\n\n{self.listing}".rstrip(),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        self.add_arguments(parser)
        parser.set_defaults(command=self, usage_error=parser.error)
        return parser
