"""The grader, as Python calls it, on the case files in tests/grade_cases."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

import lead_rs

FOLDER = Path(__file__).parent / "grade_cases"
FILES = sorted(path.stem for path in FOLDER.glob("*.json"))
EXTRACTION_FILES = [name for name in FILES if name.startswith("extraction")]
PAIR_FILES = [name for name in FILES if name not in (*EXTRACTION_FILES, "ground_truths")]

# Far over what a case takes, far under what a hang does.
PATIENCE = 20


def read(name):
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def build(text):
    """A string, `{"repeat": [text, count]}`, or a list of these, joined."""
    if isinstance(text, list):
        return "".join(build(part) for part in text)
    if isinstance(text, dict):
        piece, count = text["repeat"]
        return piece * count
    return text


def short(text):
    return text if len(text) <= 60 else f"{text[:60]}... ({len(text)} characters)"


def complaint(case, answer, truth):
    start = time.perf_counter()
    settings = {key: case[key] for key in ("require_simplified", "tolerance") if key in case}
    got = lead_rs.grade(answer, truth, **settings)
    took = time.perf_counter() - start
    pair = f"{case['name']}: {short(answer)} = {short(truth)}"
    if got.correct != case["equal"]:
        return f"{pair}: got {got.correct} by {got.method}, want {case['equal']}"
    if got.method != case.get("method", got.method):
        return f"{pair}: by {got.method}, want {case['method']}"
    if took > PATIENCE:
        return f"{pair}: took {took:.2f} s"
    return None


@pytest.mark.parametrize("name", PAIR_FILES)
def test_pairs(name):
    complaints = []
    for case in read(name):
        answer, truth = build(case["answer"]), build(case["truth"])
        complaints.append(complaint(case, answer, truth))
        if case.get("symmetric", True):
            complaints.append(complaint(case, truth, answer))
    wrong = [line for line in complaints if line]
    assert not wrong, f"{len(wrong)} of {len(complaints)} wrong\n" + "\n".join(wrong)


def extracted(case):
    settings = {key: case[key] for key in ("extract", "after_think") if key in case}
    return lead_rs.extract_answer(build(case["response"]), **settings)


@pytest.mark.parametrize("name", EXTRACTION_FILES)
def test_extraction(name):
    cases = read(name)
    wrong = [
        f"{case['name']}: {short(build(case['response']))}: got {got!r}, want {case['answer']!r}"
        for case in cases
        if (got := extracted(case)) != case["answer"]
    ]
    assert not wrong, f"{len(wrong)} of {len(cases)} wrong\n" + "\n".join(wrong)


def test_names_are_unique_in_a_file():
    assert PAIR_FILES
    for name in [*PAIR_FILES, *EXTRACTION_FILES]:
        names = [case["name"] for case in read(name)]
        assert len(set(names)) == len(names), name
