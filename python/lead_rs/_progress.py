"""How far long work is: a line that is rewritten on a terminal, now and then a line elsewhere.

It goes to standard error where the logger ``lead_rs`` takes notes (INFO), as under the command
line without ``--quiet``; a program that imports the package sees nothing of it.
"""

from __future__ import annotations

import logging
import sys
import time
from types import TracebackType

_logger = logging.getLogger(__name__)

SMOOTHING = 0.2
"""The weight of the latest part in the time that is left."""

LINE_S = 10.0
"""Off a terminal: seconds between two lines, at least."""

REWRITTEN_S = 0.1
CLEAR_LINE = "\r\x1b[K"


class Pace:
    """How long the rest takes, from how long each part took.

    The mean over the parts with exponentially falling weights: one slow part, as the one that saves
    a checkpoint, does not move it much.

    Example:
        >>> pace = Pace()
        >>> pace.passed(10, units=5)
        >>> pace.left(30)
        '1:00'
        >>> pace.passed(12, units=1)
        >>> pace.left(30)
        '2:00'
    """

    def __init__(self) -> None:
        """Nothing is known yet."""
        self._per_unit: float | None = None

    def passed(self, seconds: float, units: float = 1) -> None:
        """Take in a part of so many units, which took so long."""
        latest = seconds / units
        before = latest if self._per_unit is None else self._per_unit
        self._per_unit = before + SMOOTHING * (latest - before)

    def left(self, units: float) -> str:
        """How long so many more units take, as minutes and seconds; empty before the first part."""
        if self._per_unit is None:
            return ""
        minutes, seconds = divmod(round(self._per_unit * units), 60)
        hours, minutes = divmod(minutes, 60)
        return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


class Progress:
    """Counts what is done of a whole, in a ``with`` block.

    Args:
        unit: what is counted, in the plural.
        total: how many there are; None where nobody knows.
        done: how many were done before.
    """

    def __init__(self, unit: str, total: int | None, *, done: int = 0) -> None:
        """See the class."""
        self.unit, self.total, self.done = unit, total, done
        self._pace = Pace()
        self._shown = self._counted = time.monotonic()
        self._label = ""
        self._pending = False

    def __enter__(self) -> Progress:
        """Itself."""
        return self

    def part(self, label: str, count: int = 1) -> None:
        """A part is done: so many, of what the label says."""
        now = time.monotonic()
        self._pace.passed(now - self._counted, count)
        self._counted, self._label = now, label
        self.done += count
        wait = REWRITTEN_S if _on_terminal() else LINE_S
        self._pending = now - self._shown < wait
        if not self._pending:
            self._show()

    def _show(self) -> None:
        self._shown = time.monotonic()
        if not _logger.isEnabledFor(logging.INFO):
            return
        if _on_terminal():
            sys.stderr.write(f"{CLEAR_LINE}{self}")
            sys.stderr.flush()
        else:
            _logger.info("%s", self)

    def __str__(self) -> str:
        """One line."""
        of = "" if self.total is None else f" of {self.total:,}"
        left = "" if self.total is None else self._pace.left(self.total - self.done)
        ending = f", {left} left" if left and self.done < (self.total or 0) else ""
        return f"{self._label}: {self.done:,}{of} {self.unit}{ending}"

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave the terminal's line empty, and elsewhere the last count."""
        if not _logger.isEnabledFor(logging.INFO):
            return
        if _on_terminal():
            sys.stderr.write(CLEAR_LINE)
            sys.stderr.flush()
        elif self._pending:
            self._show()


def _on_terminal() -> bool:
    return sys.stderr.isatty()
