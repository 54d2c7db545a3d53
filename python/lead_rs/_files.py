"""Files that are on the disk whole or not at all, whatever happens meanwhile."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

StrPath: TypeAlias = str | os.PathLike[str]
"""A path as users have it."""


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Write a file whole or not at all, through a crash of the machine too.

    Args:
        path: the file; its folder is made.

    Yields:
        The path to write to, which is renamed to `path` if nothing was raised.

    Raises:
        OSError: it cannot be written; a file that was there before is untouched.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp(), "new", "result.txt")
        >>> with whole_file(path) as unfinished:
        ...     _ = unfinished.write_text("done")
        >>> path.read_text(), [file.name for file in path.parent.iterdir()]
        ('done', ['result.txt'])
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.stem}.unfinished{path.suffix}")
    try:
        yield unfinished
        _to_disk(unfinished)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    _to_disk(path.parent)  # only then has the new name arrived there


def _to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
