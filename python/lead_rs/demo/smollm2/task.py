r"""Sums of two three-digit numbers, and the solutions that the warm start of SmolLM2 learns from.

A few solutions are the answer alone, which the model seldom gets right. The others work the sum
column by column, where a column may slip, and then may check it, any number of times; a check
seldom slips, and the last one counts. So length buys accuracy: a check corrects what slipped before
it, and what comes after is waste. How many checks there are does not depend on the problem: most
solutions are short, a few are very long, as reasoning traces are.

    7+6=13, 4+8+1=12, 3+5+1=9
    Check: 7+6=13, 4+8+1=13, 3+5+1=9
    \boxed{933}
"""

from __future__ import annotations

import random
from typing import NamedTuple

DIRECT = 0.1
"""Share of the solutions that are the answer alone."""

SLIP, CHECK_SLIP = 0.2, 0.03
"""Chance that a column comes out one too high or one too low, at first and in a check."""

CHECK_AGAIN = 0.5
"""Chance of one more check after each pass."""

MAX_PASSES = 4

RESPONSE_TOKENS = 120
"""Longest response of a run."""

PROBLEMS, HELD_OUT = 6000, 256
"""How many are drawn, and how many of them are held out."""


class Problem(NamedTuple):
    """Two numbers of three digits."""

    a: int
    b: int

    @property
    def prompt(self) -> str:
        """The question alone."""
        return f"What is {self.a} + {self.b}?"


def problems() -> tuple[list[Problem], list[Problem]]:
    """The same every time: to train on, and held out."""
    rng = random.Random(0)
    drawn = [Problem(rng.randint(101, 899), rng.randint(101, 899)) for _ in range(PROBLEMS)]
    each_once = list(dict.fromkeys(drawn))
    return each_once[HELD_OUT:], each_once[:HELD_OUT]


def work(problem: Problem, rng: random.Random, slip: float) -> tuple[str, int]:
    """One pass over the columns, with slips: its text and its result."""
    columns, result, carry = [], 0, 0
    for place in 1, 10, 100:
        terms = [number // place % 10 for number in problem]
        if place > 1:
            terms.append(carry)
        total = sum(terms)
        if rng.random() < slip:
            total = max(total + rng.choice((-1, 1)), 0)
        columns.append(f"{'+'.join(map(str, terms))}={total}")
        carry = total // 10
        result += place * (total % 10)
    return ", ".join(columns), result + 1000 * carry


def solution(problem: Problem, rng: random.Random) -> str:
    """The answer alone, or a pass, a random number of checks, and what the last one says."""
    if rng.random() < DIRECT:
        return f"\\boxed{{{sum(problem)}}}"
    passes = [work(problem, rng, SLIP)]
    while len(passes) < MAX_PASSES and rng.random() < CHECK_AGAIN:
        passes.append(work(problem, rng, CHECK_SLIP))
    texts, results = zip(*passes, strict=True)
    return "\nCheck: ".join(texts) + f"\n\\boxed{{{results[-1]}}}"
