"""The rows of a source, from the Hugging Face hub or from files, and which revision they are."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from lead_rs.data.problems import DataError
from lead_rs.data.sets import Split

SUFFIXES = (".parquet", ".jsonl", ".json", ".csv")


class HubError(DataError):
    """A set cannot be had from the hub.

    Attributes:
        reason: why, without the way out that the text names.
    """

    def __init__(self, reason: str) -> None:
        """Name the reason and the way out."""
        super().__init__(
            f"{reason}. On a machine without network, copy the repository's files there and give "
            "--from"
        )
        self.reason = reason


class Source(NamedTuple):
    """Where rows come from.

    Attributes:
        revision: what identifies the rows: the hub's commit, or each file's SHA-256.
        rows: to read the rows once, in order.
        total: how many there are, where that is known beforehand.
    """

    revision: dict[str, Any]
    rows: Iterator[Mapping[str, Any]]
    total: int | None


def from_hub(split: Split, revision: str | None) -> Source:
    """A split from the hub, at a fixed commit.

    Args:
        split: which.
        revision: a commit, branch or tag; None: the newest.

    Raises:
        HubError: `datasets` is not installed, or the hub has no such thing or cannot be reached.
    """
    try:
        import datasets
        import huggingface_hub
    except ImportError as error:
        raise HubError(f"the hub needs the package {error.name}: pip install datasets") from None
    try:
        commit = huggingface_hub.HfApi().dataset_info(split.repository, revision=revision).sha
        loaded = datasets.load_dataset(
            split.repository, split.subset, split=split.source_split, revision=commit
        )
    except Exception as error:  # the hub's errors have no common type
        raise HubError(
            f"{split.repository} could not be loaded ({type(error).__name__}: {error})"
        ) from error
    described = {"repository": split.repository, "split": split.source_split, "commit": commit}
    if split.subset is not None:
        described["subset"] = split.subset
    return Source(described, iter(loaded), len(loaded))


def from_files(split: Split, path: Path) -> Source:
    """A split from a file, or from a folder such as a copy of the hub's repository.

    Args:
        split: which; of a folder's files those named like it are read, else all.
        path: a .parquet, .jsonl, .json or .csv file, or a folder of them.

    Raises:
        DataError: nothing there to read.
    """
    files = _files(split, path)
    revision = {"files": [{"name": file.name, "sha256": sha256(file)} for file in files]}
    total: int | None = 0
    for file in files:
        if file.suffix != ".parquet" or total is None:
            total = None
        else:
            total += _parquet(file).metadata.num_rows
    return Source(revision, (row for file in files for row in _rows(file)), total)


def sha256(file: Path) -> str:
    """A file's SHA-256, in hexadecimal."""
    with open(file, "rb") as opened:
        digest = hashlib.sha256()
        while block := opened.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _files(split: Split, path: Path) -> list[Path]:
    if path.is_file():
        if path.suffix not in SUFFIXES:
            raise DataError(f"{path}: a file must be one of {', '.join(SUFFIXES)}")
        return [path]
    if not path.is_dir():
        raise DataError(f"{path}: no such file or folder")
    files = sorted(file for file in path.rglob("*") if file.suffix in SUFFIXES)
    for name in filter(None, (split.subset, split.source_split)):
        named = [file for file in files if name in str(file.relative_to(path))]
        files = named or files
    if not files:
        raise DataError(f"{path}: no {', '.join(SUFFIXES)} file in this folder")
    return files


def _rows(file: Path) -> Iterator[Mapping[str, Any]]:
    if file.suffix == ".parquet":
        import pyarrow

        try:
            for batch in _parquet(file).iter_batches():
                yield from batch.to_pylist()
        except (pyarrow.ArrowException, OSError) as error:
            raise DataError(f"{file}: not a readable parquet file: {error}") from error
        return
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise DataError(f"{file}: not UTF-8: {error}") from error
    if file.suffix == ".csv":
        yield from _csv(text, file)
        return
    if text.lstrip().startswith("["):
        yield from _json(text, file, 1)
        return
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            yield _json(line, file, number)


def _csv(text: str, file: Path) -> Iterator[Mapping[str, Any]]:
    """Rows by the names in the first line; a byte order mark, as Excel writes it, is no name."""
    lines = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    try:
        for row in lines:
            if None in row or None in row.values():
                raise DataError(
                    f"{file}, line {lines.line_num}: not as many values as there are names in the "
                    "first line: is one with a comma not in quotation marks?"
                )
            yield row
    except csv.Error as error:
        raise DataError(f"{file}, after line {lines.line_num}: not CSV: {error}") from error


def _parquet(file: Path) -> Any:
    import pyarrow
    import pyarrow.parquet

    try:
        return pyarrow.parquet.ParquetFile(file)
    except (pyarrow.ArrowException, OSError) as error:
        raise DataError(f"{file}: not a readable parquet file: {error}") from error


def _json(text: str, file: Path, line: int) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise DataError(f"{file}, line {line + error.lineno - 1}: not JSON: {error.msg}") from error
    except (ValueError, RecursionError) as error:  # a number of too many digits, or too deep
        raise DataError(f"{file}, line {line}: not usable JSON: {error}") from error
