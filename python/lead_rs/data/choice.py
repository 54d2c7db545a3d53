"""Which of a set's training problems are taken, and which of them are held out as a test set."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Iterable, Iterator

from lead_rs.data.problems import Checked, DataError, Problem
from lead_rs.data.sets import Split

LEVELS = (1, 5)
"""MATH's easiest and hardest level."""


@dataclasses.dataclass(frozen=True)
class Choice:
    """What to take of a training set; by default all that belongs to the set.

    Attributes:
        min_level: the easiest level; None: the set's own.
        max_level: the hardest level; None: the set's own.
        samples: how many problems; None: all.
        test_ratio: the share of the questions that is held out, and is the test set then.
        seed: of the choice of samples and of the questions that are held out.
    """

    min_level: int | None = None
    max_level: int | None = None
    samples: int | None = None
    test_ratio: float = 0.0
    seed: int = 42

    @property
    def takes_all(self) -> bool:
        """Whether nothing of the set is chosen, and nothing held out."""
        return self == Choice(seed=self.seed)

    def check(self, name: str, train: Split | None) -> None:
        """Refuse what cannot be had of a set.

        Args:
            name: of the set.
            train: its training split, if it has one.

        Raises:
            DataError: naming the option.
        """
        if train is None and not self.takes_all:
            raise DataError(
                f"{name} is an evaluation set: it is taken whole, since its numbers could be "
                "compared with nobody else's otherwise"
            )
        for option, level in ("--min-level", self.min_level), ("--max-level", self.max_level):
            if level is None:
                continue
            if train is None or train.levels is None:
                raise DataError(f"{option} {level}: {name} has no levels")
            if not LEVELS[0] <= level <= LEVELS[1]:
                raise DataError(f"{option} must be from {LEVELS[0]} to {LEVELS[1]}, got {level}")
        if train is not None and train.levels is not None:
            easiest, hardest = self.levels(train.levels)
            if easiest > hardest:
                other = {self.min_level: "--min-level", self.max_level: "--max-level"}.get(None)
                hint = f": give {other} too" if other else ""
                raise DataError(f"no level is from {easiest} to {hardest}{hint}")
        if self.samples is not None and self.samples < 1:
            raise DataError(f"--samples must be at least 1, got {self.samples}")
        if not 0 <= self.test_ratio < 1:
            raise DataError(f"--test-ratio must be at least 0 and below 1, got {self.test_ratio}")

    def levels(self, usual: tuple[int, int]) -> tuple[int, int]:
        """The easiest and the hardest level of a set that usually has these."""
        return (
            usual[0] if self.min_level is None else self.min_level,
            usual[1] if self.max_level is None else self.max_level,
        )

    def of_levels(self, problems: Iterable[Problem], usual: tuple[int, int]) -> Iterator[Problem]:
        """The problems of the levels; one without a level is of none."""
        easiest, hardest = self.levels(usual)
        for problem in problems:
            if problem.level is not None and easiest <= int(problem.level) <= hardest:
                yield problem

    def sample(self, checked: Checked, name: str) -> None:
        """Keep as many problems as are wanted, in their order.

        Raises:
            DataError: there are not so many.
        """
        if self.samples is None:
            return
        if self.samples > len(checked.kept):
            raise DataError(
                f"{name}: --samples {self.samples}, but there are {len(checked.kept)} problems"
            )
        # By position: the questions of two problems may be the same.
        checked.kept = sorted(
            random.Random(self.seed).sample(checked.kept, self.samples), key=lambda entry: entry[0]
        )

    def hold_out(self, checked: Checked, name: str) -> Checked:
        """Take the test set out of a training set: every problem that asks one of its questions.

        Raises:
            DataError: one of the two would be empty.
        """
        questions = list(dict.fromkeys(problem.question for _, problem in checked.kept))
        count = int(self.test_ratio * len(questions))
        if not 0 < count < len(questions):
            raise DataError(
                f"{name}: --test-ratio {self.test_ratio} of {len(questions)} problems is {count}"
            )
        test = set(random.Random(self.seed).sample(questions, count))
        held_out = Checked(kept=[entry for entry in checked.kept if entry[1].question in test])
        checked.kept = [entry for entry in checked.kept if entry[1].question not in test]
        return held_out
