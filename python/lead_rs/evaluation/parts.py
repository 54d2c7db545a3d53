"""The work in parts: each is a file of generations, there whole or not at all."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lead_rs._errors import CommandError
from lead_rs._files import whole_file
from lead_rs.evaluation.sets import ProblemSet
from lead_rs.evaluation.statistics import Responses


@dataclasses.dataclass(frozen=True)
class Request:
    """One response to ask for."""

    problem: int
    sample: int
    seed: int
    messages: list[dict[str, str]]


@dataclasses.dataclass(frozen=True)
class Generation:
    """One response.

    Attributes:
        text: without special tokens.
        tokens: its length, the end token included.
        truncated: whether the limit cut it off.
    """

    text: str
    tokens: int
    truncated: bool


@dataclasses.dataclass(frozen=True)
class Part:
    """Some of a set's responses, and the file they go to."""

    problem_set: ProblemSet
    requests: list[Request]
    path: Path


def parts(sets: Sequence[ProblemSet], folder: Path, *, seed: int, size: int) -> list[Part]:
    """Split the work.

    Args:
        sets: the sets of problems.
        folder: gets ``SET/0000.parquet`` and so on.
        seed: the run's, of which each response's is derived: it doesn't depend on the parts.
        size: responses per part.

    Returns:
        The parts, set by set, in each the first sample of every problem first.
    """
    result = []
    for each in sets:
        requests = [
            Request(number, sample, _seed(seed, each.name, number, sample), problem.messages)
            for sample in range(each.samples)
            for number, problem in enumerate(each.problems)
        ]
        for start in range(0, len(requests), size):
            path = folder / each.name / f"{start // size:04}.parquet"
            result.append(Part(each, requests[start : start + size], path))
    return result


def write(part: Part, generations: Sequence[Generation]) -> None:
    """Grade a part's responses and write them."""
    import pyarrow
    import pyarrow.parquet

    both = list(zip(part.requests, generations, strict=True))
    problems = part.problem_set.problems
    columns = {
        "problem": [request.problem for request, _ in both],
        "sample": [request.sample for request, _ in both],
        "seed": [request.seed for request, _ in both],
        "prompt": [request.messages[-1]["content"] for request, _ in both],
        "ground_truth": [problems[request.problem].truth for request, _ in both],
        "response": [generation.text for _, generation in both],
        "tokens": [generation.tokens for _, generation in both],
        "truncated": [generation.truncated for _, generation in both],
        "correct": [problems[request.problem].grade(g.text) for request, g in both],
    }
    with whole_file(part.path) as unfinished:
        pyarrow.parquet.write_table(pyarrow.table(columns), unfinished)


def read(problem_set: ProblemSet, all_parts: Sequence[Part]) -> Responses:
    """The graded responses to a set.

    Raises:
        CommandError: a file that is damaged, or of another plan.
    """
    shape = (len(problem_set.problems), problem_set.samples)
    arrays = {name: np.full(shape, np.nan) for name in ("correct", "tokens", "truncated")}
    for part in all_parts:
        if part.problem_set is problem_set:
            for row in _rows(part):
                for name, array in arrays.items():
                    array[row["problem"], row["sample"]] = row[name]
    return Responses(**arrays)


def _rows(part: Part) -> Iterator[dict[str, Any]]:
    import pyarrow
    import pyarrow.parquet

    columns = ["problem", "sample", "correct", "tokens", "truncated"]
    try:
        table = pyarrow.parquet.ParquetFile(part.path).read(columns=columns)
        if any(column.null_count for column in table.columns):
            raise ValueError("it has empty values")
        rows = table.cast(_schema()).to_pylist()
    except (pyarrow.ArrowException, ValueError, OSError) as error:
        raise CommandError(
            f"{part.path} is damaged ({error}): delete it and it is generated again"
        ) from None
    if [(row["problem"], row["sample"]) for row in rows] != [
        (request.problem, request.sample) for request in part.requests
    ]:
        raise CommandError(
            f"{part.path} has other responses than planned: delete it and it is generated again"
        )
    yield from rows


def _schema() -> Any:
    import pyarrow

    return pyarrow.schema(
        {
            "problem": pyarrow.int64(),
            "sample": pyarrow.int64(),
            "correct": pyarrow.bool_(),
            "tokens": pyarrow.int64(),
            "truncated": pyarrow.bool_(),
        }
    )


def _seed(seed: int, name: str, problem: int, sample: int) -> int:
    text = f"{seed}/{name}/{problem}/{sample}".encode()
    return int.from_bytes(hashlib.sha256(text).digest()[:4], "big") >> 1
