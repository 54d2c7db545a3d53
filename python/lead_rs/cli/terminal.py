"""What people see: notes and errors beside the result, tables and colours where rich is installed.

rich is optional (``pip install 'lead-rs[terminal]'``). Without it, and into a file or a pipe, the
same text comes as it is.
"""

from __future__ import annotations

import contextlib
import importlib.util
import logging
import sys
from collections.abc import Iterator

from lead_rs._progress import CLEAR_LINE

_MARKS = {True: ("ok", "green"), False: ("FAIL", "bold red"), None: ("", "")}


def show(text: str, *, markdown: bool = False) -> None:
    """Print a result, its Markdown as tables on a terminal."""
    if markdown and _rich():
        from rich.console import Console
        from rich.markdown import Markdown

        Console().print(Markdown(text))
    else:
        print(text, flush=True)


def finding(ok: bool | None, text: str, *, otherwise: str = "") -> None:
    """Print a line of a check, with a mark.

    Args:
        ok: whether it is as it should be; None for what is only worth knowing.
        text: what was found.
        otherwise: the mark of what is only worth knowing.
    """
    mark, style = _MARKS[ok]
    line = f"{mark or otherwise:<6}"
    if style and _rich():
        from rich.console import Console

        Console().print(line, style=style, end="")
    else:
        print(line, end="")
    print(text, flush=True)


def _rich() -> bool:
    return sys.stdout.isatty() and importlib.util.find_spec("rich") is not None


class _Lines(logging.Formatter):
    """Notes as they are, what is wrong behind the program's name."""

    def format(self, record: logging.LogRecord) -> str:
        """One record."""
        text = super().format(record)
        if record.levelno >= logging.WARNING:
            text = f"lead-rs: {text}"
        return f"{CLEAR_LINE}{text}" if sys.stderr.isatty() else text


@contextlib.contextmanager
def notes(level: int) -> Iterator[None]:
    """Show what the package logs, from this level on, on standard error."""
    logger = logging.getLogger("lead_rs")
    before = logger.level
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Lines())
    logger.addHandler(handler)
    logger.setLevel(level)
    logger.propagate = False  # verl's handlers would say it once more
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)
        logger.propagate = True
