"""A problem, its row in verl's format, and what is checked before a row is written."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import lead_rs
from lead_rs._errors import CommandError
from lead_rs.evaluation.presets import INSTRUCTION

DATA_SOURCE = "deepscaler"
"""What verl hands the reward function as `data_source`; lead-rs answers to it."""

TRAINING_TOLERANCE = 0.05
"""Share of a training set that may be left out as unusable: more means a wrong file."""


class DataError(CommandError):
    """The data cannot be prepared; the text says why and what to do."""


class Problem(NamedTuple):
    """One problem as a model meets it, and the answer it is graded by."""

    question: str
    answer: str
    subject: str | None = None
    level: str | None = None


class LeftOut(NamedTuple):
    """A problem that is not written, by its position in the set, and why."""

    position: int
    reason: str
    question: str
    answer: str


@dataclasses.dataclass
class Checked:
    """The problems of one split that may be written, with their positions, and what was not.

    Attributes:
        kept: position and problem.
        left_out: what cannot be trained on or measured with.
        unmatched: kept, but no response can be graded right: the answer's braces don't pair.
        repeats: how often a problem came again with the same answer.
    """

    kept: list[tuple[int, Problem]] = dataclasses.field(default_factory=list)
    left_out: list[LeftOut] = dataclasses.field(default_factory=list)
    unmatched: list[LeftOut] = dataclasses.field(default_factory=list)
    repeats: int = 0

    def unreadable(self) -> list[LeftOut]:
        """The kept problems whose answer `lead_rs.check_truths` names: only its text matches it."""
        found = []
        for row, _, reason in lead_rs.check_truths([problem.answer for _, problem in self.kept]):
            position, problem = self.kept[row]
            found.append(LeftOut(position, reason, problem.question, problem.answer))
        return found

    def leave_out(self, questions: Iterable[str], reason: str) -> None:
        """Take out every kept problem that asks one of the questions."""
        questions = set(questions)
        for index, problem in self.kept:
            if problem.question in questions:
                self.left_out.append(LeftOut(index, reason, problem.question, problem.answer))
        self.kept = [entry for entry in self.kept if entry[1].question not in questions]


def check(problems: Iterable[Problem], *, drop_repeats: bool, training: bool) -> Checked:
    """Sort problems into those to write and those to leave out.

    Left out are problems without a question or an answer, with an answer that lead-rs does not
    grade equal to itself, and all of those that ask the same with different answers. One whose
    answer in a box isn't graded right stays in an evaluation set, where others count it too.

    Args:
        problems: in the order of the set; a problem's position counts those left out too.
        drop_repeats: whether a problem that came before is dropped (or written again).
        training: whether it is a training set.

    Returns:
        What to write and what not.
    """
    result = Checked()
    answers: dict[str, str] = {}
    contradicted: set[str] = set()
    index = -1
    for problem in problems:
        question, answer = problem.question, problem.answer
        earlier = answers.get(question)
        agrees = earlier is None or lead_rs.grade(answer, earlier, require_simplified=False)
        if earlier is not None and agrees:
            result.repeats += 1
            if drop_repeats:
                continue
        index += 1
        if reason := _unusable(question, answer):
            result.left_out.append(LeftOut(index, reason, question, answer))
            continue
        if not _matched_in_a_box(answer):
            reason = "the answer in a box is not graded right"
            where = result.left_out if training else result.unmatched
            where.append(LeftOut(index, reason, question, answer))
            if training:
                continue
        if not agrees:
            contradicted.add(question)
        answers.setdefault(question, answer)
        result.kept.append((index, problem))
    if contradicted:
        result.leave_out(contradicted, "the same question has different answers")
    return result


def _unusable(question: str, answer: str) -> str | None:
    if not question:
        return "no question"
    verdict = lead_rs.grade(answer, answer)
    if not answer or not verdict.normalized:  # "$$" is an empty one
        return "no answer"
    return None if verdict else "the answer is not graded equal to itself"


def _matched_in_a_box(answer: str) -> bool:
    return lead_rs.score(f"\\boxed{{{answer}}}", answer)["acc"] == 1


def require_usable(checked: Checked, name: str, *, training: bool) -> None:
    """Refuse a split that is empty, or of which too much would be left out.

    Of an evaluation set nothing may be left out, since its numbers could be compared with nobody
    else's.
    """
    if not checked.kept and not checked.left_out:
        raise DataError(f"{name}: no problems in the source: is it the right file?")
    total = len(checked.kept) + len(checked.left_out)
    allowed = int(TRAINING_TOLERANCE * total) if training else 0
    if len(checked.left_out) > allowed:
        examples = "".join(
            f"\n  {left.position}: {left.reason}: {_short(left.question)} -> {left.answer!r}"
            for left in sorted(checked.left_out)[:5]
        )
        raise DataError(
            f"{name}: {len(checked.left_out)} of {total} problems cannot be used, and at most "
            f"{allowed} may be left out of this set:{examples}"
        )
    again = len(checked.kept) - len({problem.question for _, problem in checked.kept})
    if again > TRAINING_TOLERANCE * total:
        raise DataError(
            f"{name}: {again} of {total} problems are there a second time: is a file in the source "
            "twice?"
        )


def schema() -> Any:
    """The columns of the files, a ``pyarrow.Schema``."""
    import pyarrow

    text = pyarrow.string()
    return pyarrow.schema(
        {
            "data_source": text,
            "prompt": pyarrow.list_(pyarrow.struct({"content": text, "role": text})),
            "ability": text,
            "reward_model": pyarrow.struct({"ground_truth": text, "style": text}),
            "extra_info": pyarrow.struct(
                {"index": pyarrow.int64(), "level": text, "split": text, "subject": text}
            ),
        }
    )


def rows(checked: Checked, split: str) -> Iterator[dict[str, Any]]:
    """The rows of a split as verl reads them."""
    for index, problem in checked.kept:
        yield {
            "data_source": DATA_SOURCE,
            "prompt": [{"role": "user", "content": problem.question + INSTRUCTION}],
            "ability": "math",
            "reward_model": {"style": "rule", "ground_truth": problem.answer},
            "extra_info": {
                "split": split,
                "index": index,
                "subject": problem.subject,
                "level": problem.level,
            },
        }


def is_verls(row: Any) -> bool:
    """Whether a row is in verl's format: the prompt's turns, and a ground truth for the reward."""
    if not isinstance(row, Mapping):
        return False
    turns, reward = row.get("prompt"), row.get("reward_model")
    return (
        isinstance(turns, list)
        and all(isinstance(turn, Mapping) and {"role", "content"} <= turn.keys() for turn in turns)
        and isinstance(reward, Mapping)
        and "ground_truth" in reward
    )


def _short(text: str, width: int = 60) -> str:
    text = " ".join(text.split())
    return text if len(text) <= width else text[: width - 1] + "…"
