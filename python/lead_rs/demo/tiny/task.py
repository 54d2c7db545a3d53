r"""The problems the tiny model works on, and the worked solutions its warm start learns from.

The problems are those of level 1 in the sample data set (`lead-rs data sample`): the sum of two
two-digit numbers. A solution works it column by column, then may work it again, and again, to
check. Every column may slip, so a single pass is often wrong; the answer is the result most passes
agree on, so more checks make it more often right and always longer. That trade is what LEAD
manages. The number of checks is geometric, whatever the problem: most solutions are short, a few
are very long, as reasoning traces are.

    7+8=15, 4+3+1=8
    Check: 7+8=14, 4+3+1=8
    Check: 7+8=15, 4+3+1=8
    Answer: \boxed{85}
"""

from __future__ import annotations

import random
from collections import Counter
from typing import NamedTuple

from lead_rs.evaluation.presets import INSTRUCTION

SLIP = 0.2
"""Chance that a column comes out one too high or one too low."""

CHECK_AGAIN = 0.72
"""Chance of one more check after each pass."""

MAX_PASSES = 8

RESPONSE_TOKENS = 128
"""Longest response of a run; the longest worked solution has 116 tokens."""


class Problem(NamedTuple):
    """Two numbers of two digits, with a sum of two digits."""

    a: int
    b: int

    @property
    def prompt(self) -> str:
        """As in the data set."""
        return f"What is ${self.a} + {self.b}$?{INSTRUCTION}"


PROBLEMS = [Problem(a, b) for a in range(10, 90) for b in range(10, 100 - a)]
"""All there are."""


def work_once(problem: Problem, rng: random.Random, slip: float = SLIP) -> tuple[str, int]:
    """One pass over the columns, with slips: its text and its result."""

    def column(total: int) -> int:
        return max(total + rng.choice((-1, 1)), 0) if rng.random() < slip else total

    (tens_a, units_a), (tens_b, units_b) = divmod(problem.a, 10), divmod(problem.b, 10)
    units = column(units_a + units_b)
    carry = units // 10
    tens = min(column(tens_a + tens_b + carry), 9)
    text = f"{units_a}+{units_b}={units:02}, {tens_a}+{tens_b}+{carry}={tens}"
    return text, 10 * tens + units % 10


def worked_solution(problem: Problem, rng: random.Random, slip: float = SLIP) -> str:
    """A pass, a random number of checks, and the most frequent result (the first of equals)."""
    passes = [work_once(problem, rng, slip)]
    while len(passes) < MAX_PASSES and rng.random() < CHECK_AGAIN:
        passes.append(work_once(problem, rng, slip))
    texts, results = zip(*passes, strict=True)
    [(answer, _)] = Counter(results).most_common(1)
    return "\nCheck: ".join(texts) + f"\nAnswer: \\boxed{{{answer}}}"
