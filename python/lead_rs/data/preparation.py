"""Prepare a data set for verl, unless the very same is there already."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import lead_rs
from lead_rs._extras import require
from lead_rs._files import StrPath, whole_file
from lead_rs._progress import Progress
from lead_rs.data import sample
from lead_rs.data.choice import Choice
from lead_rs.data.problems import (
    Checked,
    DataError,
    LeftOut,
    Problem,
    check,
    is_verls,
    require_usable,
    rows,
    schema,
)
from lead_rs.data.sets import SETS, Split
from lead_rs.data.sources import Source, from_files, from_hub, sha256

MANIFEST = "manifest.json"

SAMPLE = "sample"
"""The set that is made up; see `lead_rs.data.sample`."""

FORMAT = 3
"""To be raised with every change of what is written, so that old files are written anew."""


@dataclasses.dataclass(frozen=True)
class Prepared:
    """A set that is there.

    Attributes:
        folder: has its files and `MANIFEST`.
        manifest: what is in it.
        notes: what has been written, or that it was there, and what to know of it; a line each.
    """

    folder: Path
    manifest: dict[str, Any]
    notes: list[str]


def prepare(
    name: str,
    folder: StrPath,
    *,
    files: Mapping[str, StrPath] | None = None,
    revision: str | None = None,
    force: bool = False,
    choice: Choice = Choice(),  # noqa: B008  (immutable)
) -> Prepared:
    """Write one set and its manifest, unless the very same is there already.

    Args:
        name: a set of `SETS`, or ``sample``, which is made up on the spot.
        folder: where ``train.parquet``, ``test.parquet`` and ``manifest.json`` go.
        files: a file or folder for each split; None: from the hub.
        revision: the hub's revision.
        force: write even what is there already.
        choice: which of the training problems.

    Returns:
        What is there now.

    Raises:
        CommandError: the set is unknown, its data cannot be had or used, or the choice is
            impossible; pyarrow is missing. Nothing has been written.
        OSError: the folder cannot be written to.

    Example:
        >>> import tempfile
        >>> prepared = prepare("sample", tempfile.mkdtemp())
        >>> prepared.manifest["splits"]["test"]["rows"]
        256
    """
    require("preparing data", "data", "pyarrow")
    folder = Path(folder)
    splits = read_splits(name, choice)
    if name == SAMPLE:
        sources = {split: sample.source(split) for split in splits}
    else:
        sources = {
            split: from_hub(of, revision) if files is None else from_files(of, Path(files[split]))
            for split, of in splits.items()
        }
    described: dict[str, Any] = {
        "set": name,
        "format": FORMAT,
        "lead_rs": lead_rs.__version__,
        "choice": dataclasses.asdict(choice),
        "sources": {split: source.revision for split, source in sources.items()},
    }
    written = [*splits, "test"] if choice.test_ratio else [*splits]
    if not force and (there := _up_to_date(folder, described, written)):
        return Prepared(folder, there, [f"{name}: {folder} is up to date"])

    checked = {}
    for split, of in splits.items():
        problems = _problems(sources[split], of, f"{name} {split}")
        if of.levels is not None:
            problems = choice.of_levels(problems, of.levels)
        checked[split] = check(problems, drop_repeats=of.drop_repeats, training=split == "train")
    if "train" in checked and "test" in checked:
        test = {problem.question for _, problem in checked["test"].kept}
        checked["train"].leave_out(test, "it is in the test set")
    for split, result in checked.items():
        require_usable(result, f"{name} {split}", training=split == "train")
    if "train" in checked:
        choice.sample(checked["train"], name)
        if choice.test_ratio:
            checked["test"] = choice.hold_out(checked["train"], name)
    manifest = described | {"splits": _write(folder, checked)}
    with whole_file(folder / MANIFEST) as unfinished:
        unfinished.write_text(json.dumps(manifest, indent=2) + "\n")
    notes = [
        _note(
            f"{name} {split}",
            splits.get(split) or splits["train"],
            folder,
            entry,
            whole=choice.takes_all,
        )
        for split, entry in manifest["splits"].items()
    ]
    return Prepared(folder, manifest, notes)


def read_splits(name: str, choice: Choice) -> dict[str, Split]:
    """The splits of a set that a choice needs: where the test set is held out, only training.

    Raises:
        DataError: the set is unknown, or the choice impossible.
    """
    if name == SAMPLE:
        splits = {split: sample.split(split) for split in sample.SIZES}
    elif name in SETS:
        splits = SETS[name]
    else:
        raise DataError(f"unknown set {name!r}; there are: {', '.join([*SETS, SAMPLE])}")
    choice.check(name, splits.get("train"))
    return {"train": splits["train"]} if choice.test_ratio else splits


def _problems(source: Source, split: Split, label: str) -> Iterator[Problem]:
    with Progress("rows", source.total) as progress:
        for number, row in enumerate(source.rows, 1):
            try:
                if not isinstance(row, dict):
                    raise DataError(f"a row must have named columns, got {row!r:.80}")
                problem = split.read(row)
            except DataError as error:
                where = f"{label}, row {number} of the source"
                if is_verls(row):
                    raise DataError(
                        f"{where} is in verl's format already, and needs no preparing: give the "
                        "file itself to verl (data.train_files, data.val_files) or to the "
                        "evaluation (--sets NAME=FILE.parquet)"
                    ) from None
                raise DataError(f"{where}: {error}") from None
            progress.part(label)
            if problem is not None:
                yield problem


def _up_to_date(
    folder: Path, described: dict[str, Any], splits: list[str]
) -> dict[str, Any] | None:
    """The manifest in the folder, if it is of the same data and its files are as it says."""
    manifest = _manifest(folder)
    if any(manifest.get(key) != described[key] for key in described):
        return None
    try:
        if set(manifest["splits"]) != set(splits):
            return None
        for split, entry in manifest["splits"].items():
            # Its own files only, whatever a manifest says.
            if entry["file"] != f"{split}.parquet":
                return None
            if sha256(folder / entry["file"]) != entry["sha256"]:
                return None
    except (OSError, LookupError, TypeError):
        return None
    return manifest


def _manifest(folder: Path) -> dict[str, Any]:
    """The manifest in the folder; an empty one where there is none that can be read."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text())
    except (OSError, ValueError, RecursionError):
        return {}
    return manifest if isinstance(manifest, dict) else {}


def _write(folder: Path, checked: dict[str, Checked]) -> dict[str, Any]:
    import pyarrow
    import pyarrow.parquet

    folder.mkdir(parents=True, exist_ok=True)
    before = _manifest(folder).get("splits")
    # A reader never finds new files beside the manifest of old ones.
    (folder / MANIFEST).unlink(missing_ok=True)
    if isinstance(before, dict) and "test" in before and "test" not in checked:
        (folder / "test.parquet").unlink(missing_ok=True)  # what was held out is training data now
    entries = {}
    for split, result in checked.items():
        table = pyarrow.Table.from_pylist(list(rows(result, split)), schema=schema())
        file = folder / f"{split}.parquet"
        with whole_file(file) as unfinished:
            pyarrow.parquet.write_table(table, unfinished)
        entries[split] = {
            "file": file.name,
            "rows": table.num_rows,
            "repeats": result.repeats,
            "left_out": _listed(result.left_out),
            "unmatched": _listed(result.unmatched),
            "unreadable": _listed(result.unreadable()),
            "sha256": sha256(file),
        }
    return entries


def _listed(entries: list[LeftOut]) -> list[dict[str, Any]]:
    return [{"index": entry.position, "reason": entry.reason} for entry in sorted(entries)]


def _note(name: str, of: Split, folder: Path, entry: dict[str, Any], *, whole: bool) -> str:
    """What was written and where, and of a whole split whether it has about its usual size."""
    parts = [f"{name}: {entry['rows']:,} problems in {folder / entry['file']}"]
    if entry["repeats"]:
        parts.append(f"{entry['repeats']:,} repeats {'dropped' if of.drop_repeats else 'kept'}")
    if entry["left_out"]:
        parts.append(f"{len(entry['left_out']):,} unusable ones left out (see {MANIFEST})")
    if entry["unmatched"]:
        parts.append(f"{len(entry['unmatched']):,} that no response can match (see {MANIFEST})")
    if entry["unreadable"]:
        parts.append(
            f"warning: {len(entry['unreadable']):,} with an answer that the grader cannot read, so "
            f"that only the same text matches it (see {MANIFEST})"
        )
    if whole and abs(entry["rows"] - of.expected) > 0.05 * of.expected:
        parts.append(f"about {of.expected:,} were expected: is the source the whole set?")
    return "; ".join(parts)


def files_by_split(name: str, choice: Choice, given: Sequence[str]) -> dict[str, Path]:
    """Which path each split of a set is to be read from; a bare path is for all of them.

    Args:
        name: of the set.
        choice: of its training problems.
        given: as ``--from`` has them, ``PATH`` or ``SPLIT=PATH``.

    Raises:
        DataError: the set has no such split, or lacks another.
    """
    if name == SAMPLE:
        raise DataError(f"--from: {SAMPLE} is made up, it is read from nowhere")
    splits = read_splits(name, choice)
    paths = {}
    for text in given:
        split, equals, path = text.partition("=")
        if equals and split in ("train", "test"):
            if split not in splits:
                raise DataError(f"--from {text}: {name} has no split {split}, but {list(splits)}")
            paths[split] = Path(path)
        else:
            paths |= dict.fromkeys(splits, Path(text))
    if missing := [split for split in splits if split not in paths]:
        raise DataError(f"--from: {name} also needs {', '.join(f'{s}=PATH' for s in missing)}")
    return paths
