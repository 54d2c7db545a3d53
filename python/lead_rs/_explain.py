"""How a verdict came about, for a human to read."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from lead_rs import _lead_rs
from lead_rs._lead_rs import Verdict
from lead_rs.tables import plain_table

if TYPE_CHECKING:
    from lead_rs._lead_rs import _Extract, _Tolerance


@dataclasses.dataclass(frozen=True)
class Step:
    """One stage of grading.

    Attributes:
        stage: "extraction", "text", "number", ...
        answer: the answer as the stage compared it.
        ground_truth: the ground truth as the stage compared it.
        outcome: what the stage found.
    """

    stage: str
    answer: str
    ground_truth: str
    outcome: str


@dataclasses.dataclass(frozen=True)
class Explanation:
    """A verdict and how it came about; its text is a table of the steps.

    Attributes:
        verdict: what `grade` returns.
        steps: the stages in order; the last one decided.
    """

    verdict: Verdict
    steps: tuple[Step, ...]

    def __str__(self) -> str:
        columns = ("stage", "answer", "ground_truth", "outcome")
        table = [tuple(column.replace("_", " ") for column in columns)]
        table += [
            (step.stage, _short(step.answer), _short(step.ground_truth), step.outcome)
            for step in self.steps
        ]
        verdict = "right" if self.verdict else "wrong"
        decided = self.verdict.method
        by = "undecided" if decided == "undecided" else f"decided by {decided}"
        return f"{plain_table(table)}\n{verdict}: {by}"


def explain(
    answer: str,
    ground_truth: str,
    *,
    require_simplified: bool = True,
    tolerance: _Tolerance = None,
    extract: _Extract = "boxed",
    after_think: bool = False,
) -> Explanation:
    r"""Grade as `grade` does, and say how.

    Args:
        answer: the final answer; if it holds a box, the box's content.
        ground_truth: likewise; an empty one matches nothing.
        require_simplified: as in `grade`, and so are the rest.
        tolerance: see `grade`.
        extract: see `grade`.
        after_think: see `grade`.

    Returns:
        An `Explanation`: the verdict and each stage on the way to it. The first says what marks the
        answer and at which character it stands.

    Raises:
        TypeError: as `grade`.
        LeadError: as `grade`.

    Example:
        >>> import lead_rs
        >>> explanation = lead_rs.explain(r"so \boxed{0.50}", "1/2")
        >>> bool(explanation.verdict), [step.stage for step in explanation.steps]
        (True, ['extraction', 'text', 'number'])
    """
    verdict, steps = _lead_rs.explain(
        answer, ground_truth, require_simplified, tolerance, extract, after_think
    )
    return Explanation(verdict, tuple(Step(*step) for step in steps))


def _short(text: str, width: int = 36) -> str:
    text = " ".join(text.split())
    return text if len(text) <= width else text[: width - 1] + "…"
