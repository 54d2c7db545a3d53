"""What the commands share: errors in plain words, extras that may be missing, whole files."""

from __future__ import annotations

import contextlib
import importlib.util
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any


class CommandError(Exception):
    """A command cannot do what was asked; the message says why, and what would help."""


def require(purpose: str, extra: str, *modules: str) -> None:
    """See that optional packages are installed.

    Args:
        purpose: what needs them, the beginning of the message.
        extra: the extra of lead-rs that brings them.
        modules: their import names.

    Raises:
        CommandError: naming those that are missing and the way to install them.

    Example:
        >>> require("a picture", "report", "no_such_module")
        Traceback (most recent call last):
        ...
        lead_rs._command.CommandError: a picture needs no_such_module: pip install 'lead-rs[report]'
    """
    missing = [name for name in modules if importlib.util.find_spec(name) is None]
    if missing:
        raise CommandError(f"{purpose} needs {', '.join(missing)}: pip install 'lead-rs[{extra}]'")


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Write a file whole or not at all.

    Args:
        path: the file; its folder is made.

    Yields:
        The path to write to, which is renamed to `path` if nothing was raised.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp(), "new", "result.txt")
        >>> with whole_file(path) as unfinished:
        ...     _ = unfinished.write_text("done")
        >>> path.read_text()
        'done'
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.stem}.unfinished{path.suffix}")
    try:
        yield unfinished
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def read_parquet(path: Path, columns: Sequence[str], expected: str) -> Any:
    """Read columns of a parquet file.

    Args:
        path: the file.
        columns: their names.
        expected: the end of the message where one is missing: what the file should be.

    Returns:
        A ``pyarrow.Table`` of these columns.

    Raises:
        CommandError: no parquet file, or one without these columns.
    """
    import pyarrow
    import pyarrow.parquet

    try:
        file = pyarrow.parquet.ParquetFile(path)
        there = file.schema_arrow.names
        if missing := [name for name in columns if name not in there]:
            raise CommandError(
                f"{path} has no column {', '.join(missing)}: it has {there}, and {expected}"
            )
        return file.read(columns=list(columns))
    except (pyarrow.ArrowException, OSError) as error:
        raise CommandError(f"{path} cannot be read as parquet: {error}") from None


def markdown_table(head: list[str], rows: list[list[str]]) -> str:
    """A Markdown table, its columns padded to be read as plain text too.

    Example:
        >>> print(markdown_table(["run", "L*"], [["a", "1750"]]))
        | run | L*   |
        |-----|------|
        | a   | 1750 |
    """
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    lines = [
        "| " + " | ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)) + " |"
        for row in (head, *rows)
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)
