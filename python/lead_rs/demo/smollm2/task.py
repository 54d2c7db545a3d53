r"""Sums of two two-digit numbers, and the solutions that the warm start of SmolLM2 learns from.

Some solutions are the answer alone. The others work the sum column by column, where a column may
slip, and then may check it, any number of times; a check seldom slips, and the last one counts.
So length buys accuracy: a check corrects what slipped before it, and what comes after is waste.
How many checks there are does not depend on the problem: most solutions are short, a few are very
long, as reasoning traces are.

    7+8=14, 4+3+1=8
    Check: 7+8=15, 4+3+1=8
    \boxed{85}
"""

from __future__ import annotations

import random
from typing import NamedTuple

DIRECT = 0.15
"""Share of the solutions that are the answer alone."""

SLIP, CHECK_SLIP = 0.3, 0.05
"""Chance that a column comes out one too high or one too low, at first and in a check."""

CHECK_AGAIN = 0.55
"""Chance of one more check after each pass."""

MAX_PASSES = 5

RESPONSE_TOKENS = 104
"""Longest response of a run; of the worked solutions 2% are longer, by two tokens at most."""

HELD_OUT = 256


class Problem(NamedTuple):
    """Two numbers of two digits."""

    a: int
    b: int

    @property
    def prompt(self) -> str:
        """The question alone."""
        return f"What is {self.a} + {self.b}?"


def problems() -> tuple[list[Problem], list[Problem]]:
    """All there are, in an order that is always the same: to train on, and held out."""
    every = [Problem(a, b) for a in range(11, 90) for b in range(11, 90)]
    random.Random(0).shuffle(every)
    return every[HELD_OUT:], every[:HELD_OUT]


def work(problem: Problem, rng: random.Random, slip: float) -> tuple[str, int]:
    """One pass over the columns, with slips: its text and its result."""

    def column(total: int) -> int:
        return max(total + rng.choice((-1, 1)), 0) if rng.random() < slip else total

    (tens_a, units_a), (tens_b, units_b) = (divmod(number, 10) for number in problem)
    units = column(units_a + units_b)
    carry = units // 10
    tens = column(tens_a + tens_b + carry)
    text = f"{units_a}+{units_b}={units}, {tens_a}+{tens_b}+{carry}={tens}"
    return text, 10 * tens + units % 10


def solution(problem: Problem, rng: random.Random) -> str:
    """The answer alone, or a pass, a random number of checks, and what the last one says."""
    if rng.random() < DIRECT:
        return f"\\boxed{{{sum(problem)}}}"
    passes = [work(problem, rng, SLIP)]
    while len(passes) < MAX_PASSES and rng.random() < CHECK_AGAIN:
        passes.append(work(problem, rng, CHECK_SLIP))
    texts, results = zip(*passes, strict=True)
    return "\nCheck: ".join(texts) + f"\n\\boxed{{{results[-1]}}}"
