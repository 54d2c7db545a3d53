"""A small data set that is made up on the spot: arithmetic and algebra, the same every time."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from typing import Any

from lead_rs.data.problems import Problem
from lead_rs.data.sets import Split
from lead_rs.data.sources import Source

SEED = 0

SIZES = {"train": 2048, "test": 256}

_Made = tuple[str, str]


def _sum(rng: random.Random) -> _Made:
    a = rng.randint(10, 89)
    b = rng.randint(10, 99 - a)
    return f"What is ${a} + {b}$?", str(a + b)


def _product(rng: random.Random) -> _Made:
    a, b = rng.randint(11, 99), rng.randint(11, 99)
    return f"What is ${a} \\times {b}$?", str(a * b)


def _fractions(rng: random.Random) -> _Made:
    a, b = (Fraction(rng.randint(1, 9), rng.randint(2, 12)) for _ in range(2))
    return f"Compute ${_latex(a)} + {_latex(b)}$. Give a reduced fraction.", _latex(a + b)


def _linear(rng: random.Random) -> _Made:
    a, x, b = rng.randint(2, 12), rng.randint(-20, 20), rng.randint(1, 50)
    return f"Solve ${a}x + {b} = {a * x + b}$ for $x$.", str(x)


def _roots(rng: random.Random) -> _Made:
    p, q = sorted(rng.sample([n for n in range(-12, 13) if n], 2))
    equation = f"x^2{_signed(-(p + q), 'x')}{_signed(p * q)} = 0"
    return f"Find both solutions of ${equation}$, separated by a comma.", f"{p}, {q}"


def _expansion(rng: random.Random) -> _Made:
    a, b = rng.randint(2, 19), rng.randint(1, 19)
    return f"Expand $({a}x + {b})^2$.", f"{a * a}x^2 + {2 * a * b}x + {b * b}"


_Kind = tuple[Callable[[random.Random], _Made], str, str]

_EASIEST: _Kind = (_sum, "Arithmetic", "1")
"""Sums of two two-digit numbers, with two digits themselves: what a tiny model can learn."""

_OTHERS: list[_Kind] = [
    (_product, "Arithmetic", "2"),
    (_linear, "Algebra", "2"),
    (_fractions, "Arithmetic", "3"),
    (_expansion, "Algebra", "3"),
    (_roots, "Algebra", "4"),
]


def problems() -> Iterator[Problem]:
    """Endless different problems, the easiest and another in turn as long as there are new ones."""
    rng = random.Random(SEED)
    seen = set()
    for other in itertools.cycle(_OTHERS):
        for make, subject, level in _EASIEST, other:
            question, answer = make(rng)
            if question not in seen:
                seen.add(question)
                yield Problem(question, answer, subject, level)


def source(split: str) -> Source:
    """The rows of a split; the test set's come first, so that its size alone decides on them."""
    start = SIZES["test"] if split == "train" else 0
    endless = problems()
    made = [next(endless) for _ in range(start + SIZES[split])][start:]
    rows: Iterator[Mapping[str, Any]] = (problem._asdict() for problem in made)
    return Source({"seed": SEED}, rows, SIZES[split])


def split(name: str) -> Split:
    """How such rows are read."""
    levels = (1, 4) if name == "train" else None
    return Split("", None, name, SIZES[name], lambda row: Problem(**row), levels=levels)


def _latex(value: Fraction) -> str:
    if value.denominator == 1:
        return str(value.numerator)
    return f"\\frac{{{value.numerator}}}{{{value.denominator}}}"


def _signed(value: int, symbol: str = "") -> str:
    if not value:
        return ""
    size = "" if symbol and abs(value) == 1 else str(abs(value))
    return f" {'+' if value > 0 else '-'} {size}{symbol}"
