r"""How far `lead_rs.math_verify` agrees with the test rows of Math-Verify.

Its source archive has them (``pip download --no-deps --no-binary :all: math-verify==0.9.0``; unpack
it). A row is a gold answer, a prediction and the verdict that is expected, as a test's table has
them; the tables are read, and nothing of the tests is run. Prints each disagreement, as JSON, and
the share of agreement. ``examples/grader/math_verify.md`` explains the disagreements.

Usage: python benches/graders/math_verify_rows.py math_verify-0.9.0/tests
"""

from __future__ import annotations

import argparse
import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from lead_rs.math_verify import parse, verify


class Row(NamedTuple):
    """A row of a test's table."""

    test: str
    gold: str
    pred: str
    expected: bool


def rows(folder: Path) -> Iterator[Row]:
    """The rows of all tests that have a gold answer and a prediction."""
    for file in sorted(folder.glob("test_*.py")):
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            for mark in getattr(node, "decorator_list", ()):
                match mark:
                    case ast.Call(args=[ast.Constant(names), ast.List(lines)]):
                        yield from table(node.name, names.replace(" ", "").split(","), lines)


def table(test: str, columns: list[str], lines: list[ast.expr]) -> Iterator[Row]:
    """The rows of one table, but for those whose texts are computed."""
    for line in lines:
        try:
            row = dict(zip(columns, ast.literal_eval(line), strict=True))
        except ValueError:
            continue
        expected = row.get("expected", row.get("result"))
        if {"gold", "pred"} <= row.keys():
            yield Row(test, row["gold"], row["pred"], bool(expected))


def main() -> None:
    """Print the disagreements and the share."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="Math-Verify's folder of tests")
    found = list(rows(folder := parser.parse_args().folder))
    if not found:
        parser.error(f"{folder} has no tests with rows")
    agreed = 0
    for row in found:
        gold, pred = parse(row.gold), parse(row.pred)
        if verify(gold, pred) == row.expected:
            agreed += 1
        else:
            print(json.dumps({**row._asdict(), "read": [gold, pred]}, ensure_ascii=False))
    print(f"{agreed} of {len(found)} rows agreed: {agreed / len(found):.1%}")


if __name__ == "__main__":
    main()
