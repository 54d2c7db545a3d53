r"""A judged set of answers from elsewhere: what lead_rs and Math-Verify make of it, in one run.

The set is yours to fetch. It is JSON lines of ``{"answer", "truth", "right"}``, or a JSON list of
objects that hold a truth, an answer that is equal to it and one that is not (HardVerify-Math's
form). The fields' names are options. Answers are put into a box each, as both graders read them.

Prints precision, recall and time of both, and writes what they or the judgement do not agree on to
``outputs/grade/external.jsonl``.

Usage: python benches/graders/external.py FILE [--tolerance rounding] [--timeout SECONDS]
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import lead_rs
import pairs
from guarded import Guarded, grader
from lead_rs.tables import plain_table

OUT = pairs.ROOT / "outputs/grade/external.jsonl"


class Judged(NamedTuple):
    """An answer, its truth, and whether it is right by the set's judgement."""

    answer: str
    truth: str
    right: bool


class Graded(NamedTuple):
    """A grader's verdicts, None where there was none, and the seconds each took."""

    verdicts: list[bool | None]
    seconds: list[float]


def read(file: Path, names: argparse.Namespace) -> list[Judged]:
    """The rows of either form."""
    text = file.read_text(encoding="utf-8")
    if text.lstrip().startswith("["):
        return list(_of_objects(json.loads(text), names))
    rows = map(json.loads, filter(str.strip, text.splitlines()))
    return [
        Judged(str(row[names.answer]), str(row[names.truth]), bool(row[names.right]))
        for row in rows
    ]


def _of_objects(objects: list[dict[str, Any]], names: argparse.Namespace) -> Iterator[Judged]:
    for row in objects:
        for name, right in ((names.equal, True), (names.different, False)):
            if row.get(name) is not None:
                yield Judged(str(row[name]), str(row[names.truth]), right)


def table(rows: list[Judged], graded: dict[str, Graded]) -> list[tuple[str, ...]]:
    """A line for each grader."""
    lines = [("grader", "precision", "recall", "wrong accepted", "no verdict", "median time")]
    for name, (verdicts, seconds) in graded.items():
        accepted = [row for row, verdict in zip(rows, verdicts, strict=True) if verdict]
        right = sum(row.right for row in accepted)
        all_right = sum(row.right for row in rows)
        lines.append(
            (
                name,
                f"{right / len(accepted):.4f}" if accepted else "-",
                f"{right / all_right:.4f}" if all_right else "-",
                str(len(accepted) - right),
                str(verdicts.count(None)),
                f"{statistics.median(seconds) * 1e6:.1f} us",
            )
        )
    return lines


def ask(function: Guarded, rows: list[Judged]) -> Graded:
    """A grader's verdicts on all rows."""
    outcomes = [function(rf"\boxed{{{row.answer}}}", row.truth) for row in rows]
    return Graded([outcome.value for outcome in outcomes], [o.seconds for o in outcomes])


def main() -> None:
    """Grade the set with both."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path, metavar="FILE")
    for name in ("answer", "truth", "right"):
        parser.add_argument(f"--{name}", default=name, help="a field of the lines")
    parser.add_argument("--equal", default="equal", help="a field of a list's objects")
    parser.add_argument("--different", default="different", help="likewise")
    parser.add_argument("--tolerance", help='as in lead_rs.grade: "rounding" or a number')
    parser.add_argument("--out", type=Path, default=OUT, help="where disagreements go")
    parser.add_argument("--timeout", type=float, default=20, help="seconds for a verdict")
    arguments = parser.parse_args()
    rows = read(arguments.file, arguments)
    names = ["lead_rs", "math_verify"]
    if importlib.util.find_spec("math_verify") is None:
        names.remove("math_verify")
        print("Math-Verify is not installed here and left out")
    graded = {}
    for name in names:
        with grader(name, arguments.timeout) as function:
            graded[name] = ask(function, rows)
    if arguments.tolerance is not None:
        name = f"lead_rs, tolerance {arguments.tolerance}"
        graded[name] = with_tolerance(rows, arguments.tolerance)
    print(f"{len(rows)} answers, {sum(row.right for row in rows)} of them right")
    print(plain_table(table(rows, graded)))
    verdicts = zip(rows, *(graded[name].verdicts for name in names), strict=True)
    disputed = [
        row._asdict() | dict(zip(names, given, strict=True))
        for row, *given in verdicts
        if set(given) != {row.right}
    ]
    pairs.write_lines(arguments.out, disputed)
    print(f"{len(disputed)} that not all agree on are in {arguments.out}")


def with_tolerance(rows: list[Judged], tolerance: str) -> Graded:
    """What lead_rs says with a tolerance."""
    given = tolerance if tolerance == "rounding" else float(tolerance)
    graded = Graded([], [])
    for row in rows:
        start = time.perf_counter()
        verdict = lead_rs.grade(rf"\boxed{{{row.answer}}}", row.truth, tolerance=given)
        graded.seconds.append(time.perf_counter() - start)
        graded.verdicts.append(verdict.correct)
    return graded


if __name__ == "__main__":
    main()
