"""Columns of parquet files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lead_rs._errors import CommandError


def read_parquet(
    path: Path, columns: Sequence[str], expected: str, *, optional: Sequence[str] = ()
) -> Any:
    """Read columns of a parquet file.

    Args:
        path: the file.
        columns: their names.
        expected: the end of the message where one is missing: what the file should be.
        optional: names of further ones, to be read if they are there.

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
        return file.read(columns=[*columns, *(name for name in optional if name in there)])
    except (pyarrow.ArrowException, OSError) as error:
        raise CommandError(f"{path} cannot be read as parquet: {error}") from None
