"""``lead-rs data SET...``: data sets in verl's format."""

from __future__ import annotations

import argparse
from pathlib import Path

from lead_rs.cli.command import Command, Result
from lead_rs.data.choice import Choice
from lead_rs.data.preparation import SAMPLE, files_by_split, prepare
from lead_rs.data.sets import SETS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what is its own to the command's parser."""
    names = [*SETS, SAMPLE]
    parser.add_argument("sets", nargs="+", metavar="SET", choices=names, help=", ".join(names))
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("data"),
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


def run(given: argparse.Namespace) -> Result:
    """Write the sets; their manifests."""
    for option, value in ("--from", given.files), ("--local-dir", given.local_dir):
        if value and len(given.sets) > 1:
            given.usage_error(f"{option} goes with one set at a time")
    choice = Choice(given.min_level, given.max_level, given.samples, given.test_ratio, given.seed)
    prepared = {
        name: prepare(
            name,
            given.local_dir or given.out / name,
            files=files_by_split(name, choice, given.files) if given.files else None,
            revision=given.revision,
            force=given.force,
            choice=choice,
        )
        for name in given.sets
    }
    data = {name: {"folder": each.folder, **each.manifest} for name, each in prepared.items()}
    return Result(data, "\n".join(note for each in prepared.values() for note in each.notes))


COMMAND = Command(
    "data",
    "prepare data sets in verl's format",
    "lead-rs data sample                  # made up on the spot\n"
    "lead-rs data math aime2024           # from the hub\n"
    "lead-rs data dapo --from DAPO-Math-17k --samples 1000 --test-ratio 0.05",
    run,
    add_arguments,
    more="Each set gets a folder with its parquet files and a manifest; one that is there already "
    "is left alone.",
)
