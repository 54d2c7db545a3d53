"""The data sets: where each comes from, and how a row of it becomes a problem."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from lead_rs.data.problems import DataError, Problem

Row = Mapping[str, Any]


class Split(NamedTuple):
    """One file to write.

    Attributes:
        repository: on the Hugging Face hub.
        subset: the repository's configuration; None if it has but one.
        source_split: the repository's name of the split.
        expected: problems that are written of the source as it was when this was made.
        read: a row of the source as a problem; None if it doesn't belong to the set.
        drop_repeats: whether a problem that comes again is written once.
        levels: the easiest and the hardest that are taken if nobody says otherwise; None if the
            source has no levels, or all belong to the set.
    """

    repository: str
    subset: str | None
    source_split: str
    expected: int
    read: Callable[[Row], Problem | None]
    drop_repeats: bool = False
    levels: tuple[int, int] | None = None


def _value(row: Row, *names: str) -> Any:
    """The first column of these names that the row has."""
    for name in names:
        if name in row:
            return row[name]
    wanted = " or ".join(repr(name) for name in names)
    raise DataError(f"no column {wanted}; there are: {', '.join(map(repr, row)) or 'none'}")


def _text(row: Row, *names: str) -> str:
    value = _value(row, *names)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise DataError(f"{names[0]!r} must be text, got {value!r}")
    return value.strip()


def _answer(row: Row, *names: str) -> str:
    """An answer as text; some sources have numbers, 27.0 for 27, and NaN where there is none."""
    value = _value(row, *names)
    if isinstance(value, float) and not math.isfinite(value):
        if math.isnan(value):
            return ""
        raise DataError(f"{names[0]!r} must be text or a finite number, got {value!r}")
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if value is None or isinstance(value, str):
        return (value or "").strip()
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise DataError(f"{names[0]!r} must be text or a number, got {value!r}")
    return str(value)


def _level(row: Row) -> str | None:
    """MATH's level as a digit: 5, "5" and "Level 5" occur; "Level ?" is none."""
    value = _value(row, "level")
    if found := re.fullmatch(r"(?:Level )?([1-5?])", str(value)):
        return None if found[1] == "?" else found[1]
    raise DataError(f"'level' must be a level from 1 to 5, got {value!r}")


def _math(row: Row) -> Problem:
    subject = _text(row, "subject", "type") or None
    return Problem(_text(row, "problem"), _answer(row, "answer"), subject, _level(row))


def _plain(row: Row) -> Problem:
    return Problem(_text(row, "problem", "question"), _answer(row, "answer"))


def _aime(row: Row) -> Problem:
    problem = _plain(row)
    if not re.fullmatch(r"\d{1,3}", problem.answer):
        raise DataError(f"an answer of the AIME is a number from 0 to 999, got {problem.answer!r}")
    return problem._replace(answer=str(int(problem.answer)))


_DAPO_PROMPT = re.compile(
    r"Solve the following math problem step by step\. The last line of your response should be of "
    r"the form Answer: \$Answer \(without quotes\) where \$Answer is the answer to the problem\."
    r"\s*(?P<question>.*?)\s*"
    r'Remember to put your answer on its own line after "Answer:"\.\s*',
    re.DOTALL,
)


def _dapo(row: Row) -> Problem:
    turns, reward = _value(row, "prompt"), _value(row, "reward_model")
    if not (isinstance(turns, list) and len(turns) == 1 and isinstance(turns[0], Mapping)):
        raise DataError(f"'prompt' must be one turn with its content, got {turns!r}")
    if not isinstance(reward, Mapping):
        raise DataError(f"'reward_model' must hold a ground_truth, got {reward!r}")
    prompt = _text(turns[0], "content")
    found = _DAPO_PROMPT.fullmatch(prompt)
    if found is None:
        raise DataError(f"'prompt' is not in DAPO's instruction text: {prompt!r}")
    return Problem(found["question"], _answer(reward, "ground_truth"))


def _olympiad(row: Row) -> Problem | None:
    """The context that some problems share comes first, as in OlympiadBench's own prompts."""
    for column, begins in ("subject", "math"), ("language", "en"), ("modality", "text"):
        if not str(row.get(column) or begins).lower().startswith(begins):
            return None
    if any(row[name] is not None for name in row if name.startswith("image")):
        return None
    answers = _value(row, "final_answer")
    if answers is None:  # a theorem to prove
        return None
    if not isinstance(answers, list) or not all(isinstance(answer, str) for answer in answers):
        raise DataError(f"'final_answer' must be a list of texts, got {answers!r}")
    context = _text(row, "context") if "context" in row else ""
    question = f"{context}\n{_text(row, 'question')}".strip()
    answer = ", ".join(answers).replace("$", "").strip()
    subject = _text(row, "subfield") if "subfield" in row else ""
    return Problem(question, answer, subject or None)


_MATH500 = Split("HuggingFaceH4/MATH-500", None, "test", 500, _math)
_MATH_TRAIN = Split("nlile/hendrycks-MATH-benchmark", None, "train", 8_521, _math, levels=(3, 5))
_DEEPSCALER = Split(
    "agentica-org/DeepScaleR-Preview-Dataset", None, "train", 40_000, _plain, drop_repeats=True
)
_DAPO = Split("BytedTsinghua-SIA/DAPO-Math-17k", None, "train", 17_000, _dapo, drop_repeats=True)
_OLYMPIAD = Split("Hothan/OlympiadBench", "OE_TO_maths_en_COMP", "train", 674, _olympiad)

SETS: dict[str, dict[str, Split]] = {
    "math": {"train": _MATH_TRAIN, "test": _MATH500},
    "deepscaler": {"train": _DEEPSCALER},
    "dapo": {"train": _DAPO},
    "math500": {"test": _MATH500},
    "aime2024": {"test": Split("HuggingFaceH4/aime_2024", None, "train", 30, _aime)},
    "aime2025": {"test": Split("math-ai/aime25", None, "test", 30, _aime)},
    "amc2023": {"test": Split("math-ai/amc23", None, "test", 40, _plain)},
    "olympiadbench": {"test": _OLYMPIAD},
    "minerva": {"test": Split("math-ai/minervamath", None, "test", 272, _plain)},
}
"""The files of each set by the name of their split."""
