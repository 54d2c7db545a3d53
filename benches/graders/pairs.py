r"""Pairs of answer and ground truth to measure graders on, as JSON lines.

Each real ground truth with a copy of itself: half rewritten without a change of value (``\dfrac``,
another order of terms, spaces, ``$``), half with another value. A line holds ``answer``, ``truth``,
``equal`` and ``kind``, the class.

Usage: python benches/graders/pairs.py OUT.jsonl
"""

from __future__ import annotations

import cmath
import collections
import itertools
import json
import random
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TypedDict

from real_data import VARIABLE, needed, real_data

ROOT = Path(__file__).resolve().parents[2]
GROUND_TRUTHS = "grader/ground_truths.jsonl"
SPEC_CASES = "grader/spec_cases.jsonl"
CASES = ROOT / "tests/grade_cases"


class Pair(TypedDict):
    """One answer and its ground truth."""

    answer: str
    truth: str
    equal: bool | None
    """None where nobody has judged it."""
    kind: str


def read_lines(path: Path) -> list:
    """The JSON values of a file, one a line."""
    return [json.loads(line) for line in path.read_text().splitlines()]


def write_lines(path: Path, rows: Iterable[object]) -> None:
    """Write JSON values, one a line, making the folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))


def shipped_cases() -> list[Pair]:
    """The case files of the tests under the default policy; a pair's class is its file's name.

    Those of extraction, lone ground truths, texts built by repetition, and answers that a box
    cannot hold or that have one of their own are left out.
    """
    return [
        Pair(answer=case["answer"], truth=case["truth"], equal=case["equal"], kind=path.stem)
        for path in sorted(CASES.glob("*.json"))
        for case in json.loads(path.read_text())
        if isinstance(case, dict)
        and isinstance(case.get("truth"), str)
        and isinstance(case["answer"], str)
        and case.get("require_simplified", True)
        and "tolerance" not in case
        and not re.search(r"\\(boxed|fbox)", case["answer"])
        and case["answer"].count("{") == case["answer"].count("}")
    ]


def perturbed_truths(seed: int = 0) -> list[Pair]:
    """The real ground truths, each against a copy; the shipped cases where they are absent."""
    truths = real_data(GROUND_TRUTHS)
    if truths is None:
        print(f"no {GROUND_TRUTHS} in {VARIABLE}: measuring on the test cases", file=sys.stderr)
        return shipped_cases()
    rng = random.Random(seed)
    pairs = []
    for truth in read_lines(truths):
        equal = rng.random() < 0.5
        answer = rewritten(truth, rng) if equal else changed(truth, rng)
        pairs.append(Pair(answer=answer, truth=truth, equal=equal, kind=kind(truth)))
    return pairs


def kind(truth: str) -> str:
    """The class of a ground truth, by its look."""
    bare = re.sub(r"\\(text|mathrm|mbox|textbf)\{[^}]*\}|[$\s]|\\[!,;\[\]]", "", truth)
    plain = re.sub(r"(?<=\d)\{?,\}?(?=\d{3}(?!\d))|(?<=\\sqrt)\[\w+\]", "", bare)
    symbols = re.sub(r"\\[a-zA-Z]+|\{[pbv]?matrix\}", "", plain)
    if re.fullmatch(r"[-+]?\d+", plain):
        return "integer"
    if not plain or re.search(r"[a-zA-Z]{3,}", symbols):
        return "text"
    if re.search(r"[,<>\[\]]|\\(cup|pm|begin|in|leq?|geq?)(?![a-z])", plain):
        return "list, interval or matrix"
    if re.search(r"[a-zA-Z=:]", symbols):
        return "expression"
    if "sqrt" in plain:
        return "radical"
    if re.fullmatch(r"([-+\d./{}()%^°]|\\(%|[dt]?frac|circ|left|right))*", plain):
        return "fraction or decimal"
    return "expression"


def rewritten(truth: str, rng: random.Random) -> str:
    """The same answer, written in another way."""
    answer, form = truth, kind(truth)
    if form == "integer":
        answer = re.sub(r"(?<=\d)(?=(\d{3})+$)", ",", answer)
    elif form != "text":
        answer = answer.replace(r"\frac", r"\dfrac") if rng.random() < 0.5 else answer
        if form == "fraction or decimal":
            answer = re.sub(r"\\frac\{(\d+)\}\{(\d+)\}", r"\1/\2", answer)
        if form == "radical" and rng.random() < 0.5:
            answer = re.sub(r"\\sqrt\{(\d+)\}", r"(\1)^{1/2}", answer)
        answer = last_term_first(answer)
        answer = re.sub(r"(?<=[\w})])([+-])(?=[\w\\{(])", r" \1 ", answer)
    return answer if "$" in answer else f"${answer}$"


_NOT_A_SUM = r"[=<>,|&\[\]]|\\(text|mathrm|mbox|left|right|begin|pm|le|ge|cup|cdot|times)"


def last_term_first(answer: str) -> str:
    """A sum with the term after its last plus sign in front; other answers unchanged."""
    if re.search(
        r"[=<>,|&\[\]]|\\(text|mathrm|mbox|left|right|begin|pm|le|ge|cup|cdot|times)", answer
    ):
        return answer
    depth, plus = 0, None
    for at, character in enumerate(answer):
        depth += (character in "{(") - (character in "})")
        if character == "+" and depth == 0:
            plus = at
    if not plus or "-" in answer[plus:]:
        return answer
    first, last = answer[:plus].strip(), answer[plus + 1 :].strip()
    return last + first if first.startswith("-") else f"{last}+{first}"


def changed(truth: str, rng: random.Random) -> str:
    """An answer of another value: another digit, else another word or one more."""
    digits = [match.start() for match in re.finditer(r"\d", truth)]
    if digits:
        at = rng.choice(digits)
        digit = rng.choice([d for d in "123456789" if d != truth[at]])
        return truth[:at] + digit + truth[at + 1 :]
    return "banana" if kind(truth) == "text" else f"{truth}+1"


def recorded() -> list[Pair]:
    """The hand-made pairs with recorded verdicts, not judged."""
    rows = [row for row in read_lines(needed(SPEC_CASES)) if row["kind"] == "pair"]
    return [Pair(answer=row["pred"], truth=row["gt"], equal=None, kind="recorded") for row in rows]


def neighbours() -> list[Pair]:
    """Each real ground truth against the one that follows it in the alphabet."""
    truths = sorted(read_lines(needed(GROUND_TRUTHS)), key=lambda text: text.replace(" ", ""))
    return [
        Pair(answer=answer, truth=truth, equal=None, kind="neighbours")
        for truth, answer in itertools.pairwise(truths)
    ]


def numeric_value(truth: str) -> str | None:
    """The value of a ground truth to 12 digits as SymPy reads it; None where it has none."""
    from latex2sympy2_extended import latex2sympy

    value = complex(latex2sympy(truth).evalf(20))
    return f"{value.real:.12g} {value.imag:.12g}" if cmath.isfinite(value) else None


def equal_by_value(values: dict[str, str], most: int = 12, seed: int = 0) -> list[Pair]:
    """Ground truths of one value against each other, up to `most` pairs of a value."""
    rng = random.Random(seed)
    groups = collections.defaultdict(list)
    for truth, value in values.items():
        groups[value].append(truth)
    pairs = []
    for group in groups.values():
        both_ways = list(itertools.permutations(group[:50], 2))
        for answer, truth in rng.sample(both_ways, min(most, len(both_ways))):
            pairs.append(Pair(answer=answer, truth=truth, equal=None, kind="equal by value"))
    return pairs


if __name__ == "__main__":
    write_lines(Path(sys.argv[1]), perturbed_truths())
