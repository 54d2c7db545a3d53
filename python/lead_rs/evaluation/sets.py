"""The sets of problems, in verl's row format."""

from __future__ import annotations

import dataclasses
import hashlib
import logging
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lead_rs._errors import CommandError
from lead_rs._extras import require
from lead_rs._files import StrPath
from lead_rs._parquet import read_parquet
from lead_rs._score import score
from lead_rs.evaluation.presets import INSTRUCTION

_logger = logging.getLogger(__name__)

SAMPLES = {
    "math500": 3,
    "olympiadbench": 3,
    "aime2024": 10,
    "aime2025": 10,
    "amc2023": 10,
    "minerva": 3,
    "sample": 3,
}
"""The sets by name, and how many samples of each problem are taken: as in Sober Reasoning, many
where there are few problems."""

COLUMNS = ("prompt", "reward_model")


@dataclasses.dataclass(frozen=True)
class Problem:
    """One problem.

    Attributes:
        messages: the conversation up to the answer, as a chat template takes it.
        truth: the right answer, or several of which any one is right.
    """

    messages: list[dict[str, str]]
    truth: list[str]

    def grade(self, response: str) -> bool:
        """Whether the last boxed answer of the response is right."""
        return score(response, self.truth)["acc"] > 0


@dataclasses.dataclass(frozen=True)
class ProblemSet:
    """A set of problems.

    Attributes:
        name: what it is called in tables.
        path: its file.
        sha256: the file's.
        problems: in the file's order.
        samples: how often each one is answered.
        total: how many problems the file has, where they are not all taken.
    """

    name: str
    path: Path
    sha256: str
    problems: list[Problem]
    samples: int
    total: int


def load_set(
    name: str,
    data: StrPath,
    *,
    samples: int | None = None,
    limit: int | None = None,
    prompt: str | None = None,
) -> ProblemSet:
    """Read a set of problems and check it.

    Args:
        name: of `SAMPLES`, then the file is ``DATA/NAME/test.parquet``; or ``NAME=FILE``.
        data: the folder of the sets.
        samples: how often each problem is answered; default: `SAMPLES`, or 3.
        limit: takes so many of the problems, evenly spread over the file: sets are often sorted, by
            subject or by difficulty.
        prompt: asks each ``{question}`` in these words, not in the file's.

    Returns:
        The set. A problem that is there twice, or whose truth no answer can be shown to be, is
        answered and counted all the same, and a warning is logged.

    Raises:
        CommandError: an unknown name, or one that is no folder's; a file that isn't there or is no
            parquet; missing or malformed columns; no problem; a prompt of which the question alone
            cannot be told.
    """
    require("the evaluation", "eval", "pyarrow")
    name, given, file = name.partition("=")
    if not re.fullmatch(r"\w[\w.-]*", name):
        raise CommandError(
            f"--sets {name!r}: a set's name is that of its folder of generations too, so it must "
            f"have letters, digits, '_', '.' and '-' only, and begin with one of the first three"
        )
    if name == "average":
        raise CommandError(
            "--sets average: so is the average over sets called; choose another name"
        )
    if not given and name not in SAMPLES:
        raise CommandError(
            f"there is no set {name!r}: {', '.join(SAMPLES)}, or NAME=FILE.parquet for another"
        )
    path = Path(file) if given else Path(data, name) / "test.parquet"
    if not path.is_file():
        hint = "" if given else f"; lead-rs data {name} writes it, --data names its folder"
        raise CommandError(f"{name}: {path} is not there{hint}")
    table = read_parquet(path, COLUMNS, f"verl's rows are expected, with {' and '.join(COLUMNS)}")
    total = table.num_rows
    if not total:
        raise CommandError(f"{path} has no problem")
    taken = spread(total, limit)
    problems = [
        _problem(row, f"{path}, row {number}", prompt)
        for number, row in zip(taken, table.take(taken).to_pylist(), strict=True)
    ]
    _warn(problems, taken, path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return ProblemSet(name, path, digest, problems, samples or SAMPLES.get(name, 3), total)


def spread(total: int, limit: int | None) -> list[int]:
    """Which rows are taken of a file: all, or so many at equal distances.

    Example:
        >>> spread(10, 4), spread(3, 4)
        ([0, 2, 5, 7], [0, 1, 2])
    """
    count = total if limit is None else min(limit, total)
    return [number * total // count for number in range(count)]


def _problem(row: dict[str, Any], where: str, prompt: str | None) -> Problem:
    messages = row["prompt"]
    if not (
        isinstance(messages, list)
        and messages
        and all(
            isinstance(turn, dict)
            and isinstance(turn.get("role"), str)
            and isinstance(turn.get("content"), str)
            for turn in messages
        )
    ):
        raise CommandError(
            f"{where}: prompt must be a list of turns with role and content, got {messages!r:.100}"
        )
    reward_model = row["reward_model"]
    truth = reward_model.get("ground_truth") if isinstance(reward_model, dict) else None
    truths = truth if isinstance(truth, list) else [truth]
    if not truths or any(each is None or not str(each).strip() for each in truths):
        raise CommandError(f"{where}: reward_model must have a ground_truth, got {reward_model!r}")
    turns = [{"role": turn["role"], "content": turn["content"]} for turn in messages]
    if prompt is not None:
        turns[-1]["content"] = prompt.format(question=_question(turns[-1]["content"], where))
    return Problem(turns, [str(each) for each in truths])


def _question(content: str, where: str) -> str:
    if not content.endswith(INSTRUCTION):
        raise CommandError(
            f"{where}: with a prompt of its own the evaluation needs the question alone, and this "
            f"prompt does not end in {INSTRUCTION!r}"
        )
    return content.removesuffix(INSTRUCTION)


def _warn(problems: Sequence[Problem], rows: Sequence[int], path: Path) -> None:
    seen: set[str] = set()
    repeats, unmatched = [], []
    for row, problem in zip(rows, problems, strict=True):
        text = repr(problem.messages)
        if text in seen:
            repeats.append(row)
        seen.add(text)
        if not any(score(f"\\boxed{{{truth}}}", truth)["acc"] for truth in problem.truth):
            unmatched.append(row)
    for found, what in (
        (repeats, "ask what a row before asked, and count again"),
        (unmatched, "have a truth that no answer can be shown to be, and count as wrong"),
    ):
        if found:
            shown = ", ".join(map(str, found[:10])) + (", ..." if len(found) > 10 else "")
            _logger.warning(
                "%s: %d of %d problems %s: row %s", path, len(found), len(rows), what, shown
            )
