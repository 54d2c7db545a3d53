"""Prepare data sets for verl: ``python data/prepare.py SET...`` writes ``data/SET/*.parquet``."""

from __future__ import annotations

import argparse
import dataclasses
import functools
import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import sample
from choice import Choice
from problems import (
    SCHEMA,
    Checked,
    DataError,
    LeftOut,
    Problem,
    check,
    is_verls,
    require_usable,
    rows,
)
from sets import SETS, Split
from sources import Source, from_files, from_hub, sha256
from tqdm import tqdm

import lead_rs

MANIFEST = "manifest.json"

SAMPLE = "sample"
"""The set that is made up; see `sample.py`."""

FORMAT = 3
"""To be raised with every change of what is written, so that old files are written anew."""


def prepare(
    name: str,
    folder: Path,
    *,
    files: dict[str, Path] | None = None,
    revision: str | None = None,
    force: bool = False,
    choice: Choice = Choice(),  # noqa: B008  (immutable)
) -> dict[str, Any]:
    """Write one set and its manifest, unless the very same is there already.

    Args:
        name: a set of `SETS`, or `SAMPLE`.
        folder: where ``train.parquet``, ``test.parquet`` and ``manifest.json`` go.
        files: a file or folder for each split; None: from the hub.
        revision: the hub's revision.
        force: write even what is there already.
        choice: which of the training problems.

    Returns:
        The manifest.

    Raises:
        DataError: the set is unknown, its data unusable, or the choice impossible. Nothing has been
            written.
    """
    splits = read_splits(name, choice)
    if name == SAMPLE:
        sources = {split: sample.source(split) for split in splits}
    else:
        sources = {
            split: from_hub(of, revision) if files is None else from_files(of, files[split])
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
        print(f"{name}: {folder} is up to date")
        return there

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
    _replace(folder / MANIFEST, lambda path: path.write_text(json.dumps(manifest, indent=2) + "\n"))
    for split, entry in manifest["splits"].items():
        of = splits.get(split) or splits["train"]
        _report(f"{name} {split}", of, folder, entry, whole=choice.takes_all)
    return manifest


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
    progress = tqdm(source.rows, desc=label, total=source.total, unit="row", disable=None)
    for number, row in enumerate(progress, 1):
        try:
            if not isinstance(row, dict):
                raise DataError(f"a row must have named columns, got {row!r:.80}")
            problem = split.read(row)
        except DataError as error:
            where = f"{label}, row {number} of the source"
            if is_verls(row):
                raise DataError(
                    f"{where} is in verl's format already, and needs no preparing: give the file "
                    "itself to verl (data.train_files, data.val_files) or to the evaluation "
                    "(--sets NAME=FILE.parquet)"
                ) from None
            raise DataError(f"{where}: {error}") from None
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
    folder.mkdir(parents=True, exist_ok=True)
    before = _manifest(folder).get("splits")
    # A reader never finds new files beside the manifest of old ones.
    (folder / MANIFEST).unlink(missing_ok=True)
    if isinstance(before, dict) and "test" in before and "test" not in checked:
        (folder / "test.parquet").unlink(missing_ok=True)  # what was held out is training data now
    entries = {}
    for split, result in checked.items():
        table = pyarrow.Table.from_pylist(list(rows(result, split)), schema=SCHEMA)
        file = folder / f"{split}.parquet"
        _replace(file, functools.partial(pyarrow.parquet.write_table, table))
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


def _replace(file: Path, write: Callable[[Path], object]) -> None:
    """Write a file so that it is there as a whole or not at all."""
    temporary = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        write(temporary)
        with open(temporary, "rb") as written:
            os.fsync(written.fileno())
        os.replace(temporary, file)
    finally:
        temporary.unlink(missing_ok=True)


def _report(name: str, of: Split, folder: Path, entry: dict[str, Any], *, whole: bool) -> None:
    """Say what was written and where, and of a whole split whether it has about its usual size."""
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
    print("; ".join(parts))


def main(arguments: list[str] | None = None) -> int:
    """The command; its exit status."""
    parser = argparse.ArgumentParser(prog="python data/prepare.py", description=__doc__)
    names = [*SETS, SAMPLE]
    parser.add_argument("sets", nargs="+", metavar="SET", choices=names, help=", ".join(names))
    parser.add_argument(
        "--out",
        type=Path,
        default=Path(__file__).parent,
        help="each set gets a folder in it (default: %(default)s)",
    )
    parser.add_argument(
        "--local-dir",
        type=Path,
        metavar="DIR",
        help="the folder itself of one set, whatever its name",
    )
    parser.add_argument(
        "--from",
        dest="files",
        action="append",
        metavar="[SPLIT=]PATH",
        help="a file or folder to read instead of the hub; SPLIT is train or test",
    )
    parser.add_argument("--revision", help="the hub's commit, branch or tag (default: the newest)")
    parser.add_argument("--force", action="store_true", help="write even what is up to date")
    some = parser.add_argument_group("some of the training problems")
    usual = "default: the set's own, 3 to 5 of MATH"
    some.add_argument("--min-level", type=int, metavar="N", help=f"the easiest level ({usual})")
    some.add_argument("--max-level", type=int, metavar="N", help="the hardest level")
    some.add_argument("--samples", type=int, metavar="N", help="so many of them (default: all)")
    some.add_argument(
        "--test-ratio",
        type=float,
        metavar="R",
        default=0.0,
        help="hold out this share of the questions as the test set, in place of the set's own, if "
        "any (default: %(default)s)",
    )
    some.add_argument(
        "--seed", type=int, default=Choice.seed, help="of both choices (default: %(default)s)"
    )
    given = parser.parse_args(arguments)
    for option, value in ("--from", given.files), ("--local-dir", given.local_dir):
        if value and len(given.sets) > 1:
            parser.error(f"{option} goes with one set at a time")
    choice = Choice(given.min_level, given.max_level, given.samples, given.test_ratio, given.seed)
    try:
        for name in given.sets:
            prepare(
                name,
                given.local_dir or given.out / name,
                files=_by_split(name, choice, given.files) if given.files else None,
                revision=given.revision,
                force=given.force,
                choice=choice,
            )
    except (DataError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _by_split(name: str, choice: Choice, given: list[str]) -> dict[str, Path]:
    """Which path each split of a set is to be read from; a bare path is for all of them."""
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


if __name__ == "__main__":
    sys.exit(main())
