"""extract_answer, grade and explain as Python functions: what goes in, what comes out."""

from __future__ import annotations

import asyncio
import copy
import dataclasses
import pickle
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import lead_rs
from concurrency import assert_true_after_fork

LONE = "\ud800"
PAIRS = [
    ("42", "42"),
    ("41", "42"),
    ("2/4", "1/2"),
    (r"so \boxed{0.5}", "1/2"),
    ("", ""),
    ("x", "y"),
]


def test_a_verdict_is_its_correctness_and_how_it_came_about():
    right, wrong = lead_rs.grade("0.50", "1/2"), lead_rs.grade("horse", "donkey")
    assert right
    assert not wrong
    assert (right.correct, right.method) == (True, "number")
    assert (wrong.correct, wrong.method) == (False, "text")


def test_a_verdict_is_a_value():
    verdict = lead_rs.grade("it's", "it's")
    assert repr(verdict) == """Verdict(correct=True, method='text', normalized="it's")"""
    assert eval(repr(verdict), {"Verdict": lead_rs.Verdict}) == verdict
    assert verdict == lead_rs.grade("it's", "it's")
    assert verdict != lead_rs.grade("it's", "its")
    assert verdict != "it's"
    assert len({verdict, lead_rs.grade("it's", "it's"), lead_rs.grade("7", "8")}) == 2
    with pytest.raises(AttributeError):
        verdict.correct = False


@pytest.mark.parametrize(
    "clone", [copy.copy, copy.deepcopy, lambda v: pickle.loads(pickle.dumps(v))]
)
def test_verdicts_and_explanations_can_be_copied(clone):
    verdict = lead_rs.grade("2/4", "1/2")
    assert clone(verdict) == verdict
    assert type(clone(verdict)) is lead_rs.Verdict
    explanation = lead_rs.explain("2/4", "1/2")
    assert clone(explanation) == explanation


def test_require_simplified():
    assert not lead_rs.grade("2/4", "1/2")
    assert lead_rs.grade("2/4", "1/2", require_simplified=False)
    assert lead_rs.explain("2/4", "1/2", require_simplified=False).verdict
    with pytest.raises(TypeError):
        lead_rs.grade("2/4", "1/2", False)


@pytest.mark.parametrize("function", [lead_rs.grade, lead_rs.explain])
@pytest.mark.parametrize("value", [b"42", 42, None, ["42"], 4.2])
def test_what_is_no_text_is_refused_by_name(function, value):
    got = type(value).__name__
    with pytest.raises(TypeError, match=f"^answer must be a str, got {got}$"):
        function(value, "42")
    with pytest.raises(TypeError, match=f"^ground_truth must be a str, got {got}$"):
        function("42", value)
    with pytest.raises(TypeError, match=f"^response must be a str, got {got}$"):
        lead_rs.extract_answer(value)


@pytest.mark.parametrize(
    ("response", "answer"),
    [
        (r"\boxed{42}", "42"),
        (r"\boxed{π}", "π"),
        ("\\boxed{\0}", "\0"),
        ("\0\\boxed{4\0002}\0", "4\0002"),
        (LONE + r"\boxed{42}" + LONE, "42"),
        (r"\boxed{4" + LONE + "2}", "4\ufffd2"),
        ("\\boxed{é\udfff\ud83d\ude00\U0001f600}", "é\ufffd\ufffd\ufffd\U0001f600"),
        (LONE, None),
        ("", None),
        ("\0", None),
    ],
)
def test_any_text_has_an_answer_or_none(response, answer):
    assert lead_rs.extract_answer(response) == answer
    assert lead_rs.extract_answer(np.str_(response)) == answer


@pytest.mark.parametrize("text", ["", "\0", "\x7f", "\u202e", "4\0002", "x\ufffd", "\ufffd" * 3])
def test_a_lone_surrogate_counts_as_a_replacement_character(text):
    spoilt = text.replace("\ufffd", LONE)
    for other in ["42", "", text]:
        assert lead_rs.grade(spoilt, other) == lead_rs.grade(text, other)
        assert lead_rs.grade(other, spoilt) == lead_rs.grade(other, text)
        assert lead_rs.explain(spoilt, other) == lead_rs.explain(text, other)
    assert not lead_rs.grade(spoilt, "42")


SIZE = 10_000_000
LARGE = {
    "no box": ("x" * SIZE, None),
    "box at the end": ("x" * SIZE + r"\boxed{42}", "42"),
    "box at the start": (r"\boxed{42}" + "x" * SIZE, "42"),
    "not ASCII": ("π" * SIZE + r"\boxed{42}", "42"),
    "a surrogate": ("x" * SIZE + LONE + r"\boxed{42}", "42"),
    "backslashes": ("\\" * SIZE, None),
    "unclosed boxes": (r"\boxed{" * (SIZE // 7), None),
    "NULs": ("\0" * SIZE, None),
}


@pytest.mark.parametrize(("response", "answer"), LARGE.values(), ids=LARGE)
@pytest.mark.timeout(20)
def test_ten_megabytes(response, answer):
    assert lead_rs.extract_answer(response) == answer
    assert lead_rs.grade(response, "42").correct == (answer == "42")


@pytest.mark.timeout(20)
def test_an_answer_of_ten_megabytes():
    digits = "7" * SIZE
    assert not lead_rs.grade(digits, digits[:-1] + "8")
    assert lead_rs.extract_answer(rf"\boxed{{{digits}}}") == digits


def test_texts_are_not_copied():
    """Reading 100 MB takes no more memory. In a process of its own, for its peak."""
    code = """if True:
        import resource, lead_rs
        text = "x" * 100_000_000 + r"\\boxed{42}"
        def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        before = peak()
        assert lead_rs.extract_answer(text) == "42"
        assert lead_rs.score(text, "42")["acc"] == 1.0
        assert lead_rs.score_batch([text] * 100, ["42"] * 100)["acc"].all()
        print(peak() - before)
    """
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(out.stdout) < 50, f"{out.stdout.strip()} MB more"


@pytest.mark.parametrize(("answer", "truth"), PAIRS)
def test_an_explanation_ends_with_the_verdict(answer, truth):
    explanation = lead_rs.explain(answer, truth)
    assert explanation.verdict == lead_rs.grade(answer, truth)
    assert explanation.steps[0].stage == "extraction"
    for step in explanation.steps:
        assert {type(value) for value in dataclasses.astuple(step)} == {str}
        assert step.outcome


def test_an_explanation_reads_well():
    text = str(lead_rs.explain("so \\boxed{a\nb}", "1" * 1000))
    header, *steps, verdict = text.splitlines()
    assert header.split() == ["stage", "answer", "ground", "truth", "outcome"]
    assert verdict.startswith("wrong: ")
    assert len(steps) == len(lead_rs.explain("so \\boxed{a\nb}", "1" * 1000).steps)
    assert max(map(len, text.splitlines())) <= 150
    assert str(lead_rs.explain("7", "7")).endswith("right: decided by text")


def test_an_explanation_says_that_nothing_decided():
    explanation = lead_rs.explain(r"\frac{1}{", "2")
    assert explanation.verdict.method == "undecided"
    assert str(explanation).endswith("\nwrong: undecided")


def test_a_text_that_is_cut_is_as_long_as_one_that_may_stay():
    texts = ["7" * length for length in range(1, 60)]
    shown = [str(lead_rs.explain(text, "8")).splitlines()[1].split()[1] for text in texts]
    whole = [text for text, cell in zip(texts, shown, strict=True) if cell == text]
    assert 20 < len(whole) < len(texts)
    assert whole == texts[: len(whole)]
    assert set(shown[len(whole) :]) == {whole[-2] + "…"}


def verdicts(_=None):
    return [lead_rs.grade(*pair) for pair in PAIRS]


def test_from_any_thread():
    with ThreadPoolExecutor(8) as pool:
        assert all(got == verdicts() for got in pool.map(verdicts, range(200)))


def test_from_a_thread_with_the_smallest_stack():
    nested = "(" * 60 + "x" + ")" * 60
    got = []

    def work():
        got.extend([lead_rs.grade(nested, "x"), *verdicts()])

    size = threading.stack_size(32 * 1024)
    try:
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    finally:
        threading.stack_size(size)
    assert got == [lead_rs.grade(nested, "x"), *verdicts()]


def test_inside_asyncio():
    async def main():
        in_threads = await asyncio.gather(*(asyncio.to_thread(verdicts) for _ in range(20)))
        return [verdicts(), *in_threads]

    assert all(got == verdicts() for got in asyncio.run(main()))


def test_after_fork():
    wanted = verdicts()
    assert_true_after_fork(lambda: verdicts() == wanted)


@pytest.mark.parametrize(
    ("response", "settings", "said"),
    [
        (r"so \boxed{6}", {}, "found by: box, at character 10"),
        (r"ππ \boxed{6}", {}, "found by: box, at character 10"),
        ("Answer: 6", {"extract": "auto"}, "found by: answer, at character 8"),
        ("1 2 6", {"extract": "last_number"}, "found by: number, at character 4"),
        (" 6", {"extract": "whole"}, "found by: the whole, at character 1"),
    ],
)
def test_an_explanation_says_where_the_answer_stands(response, settings, said):
    for truth in ("6", "6.0"):
        explanation = lead_rs.explain(response, truth, **settings)
        assert explanation.verdict == lead_rs.grade(response, truth, **settings)
        assert explanation.verdict
        assert explanation.steps[0].outcome.endswith(said)
    assert "found by" not in lead_rs.explain("6", "6").steps[0].outcome


def test_what_was_extracted_is_graded_as_it_is():
    answer = lead_rs.extract_answer(r"\boxed{\boxed{5}+1}")
    assert lead_rs.grade(answer, "5")
    assert not lead_rs.grade(answer, "5", extract="whole")
    assert lead_rs.grade(answer, "6", extract="whole", require_simplified=False)
    assert lead_rs.extract_answer(" 5 cm\n", extract="whole") == "5 cm"
    assert lead_rs.extract_answer(" ", extract="whole") is None
    assert lead_rs.extract_answer("<think>5</think> 6", extract="whole", after_think=True) == "6"
    assert lead_rs.score("6", "6", extract="whole")["acc"] == 1.0
    assert lead_rs.score(r"So \boxed{6}", "6", extract="whole")["acc"] == 0.0


def test_behind_thoughts_that_never_end_is_no_answer():
    assert not lead_rs.grade("6", "6", after_think=True)
    assert lead_rs.grade("<think></think>6", "6", after_think=True)


@pytest.mark.parametrize(
    ("settings", "error", "match"),
    [
        (
            {"extract": "box"},
            ValueError,
            '^extract must be one of boxed, auto, last_number, whole.*"box"',
        ),
        ({"extract": 1}, TypeError, "^extract must be a str, got 1"),
        ({"after_think": 1}, TypeError, "^after_think must be a bool, got 1"),
    ],
)
def test_settings_of_extraction_that_are_refused(settings, error, match):
    for call in (
        lambda: lead_rs.extract_answer("", **settings),
        lambda: lead_rs.grade("", "", **settings),
        lambda: lead_rs.explain("", "", **settings),
    ):
        with pytest.raises(error, match=match):
            call()


@pytest.mark.parametrize("tolerance", [0, 1, -0.1, 2.0, float("nan"), float("inf"), "round"])
def test_tolerances_that_are_refused(tolerance):
    with pytest.raises(ValueError, match=r'^tolerance must be None, "rounding" or a number in'):
        lead_rs.grade("1", "1", tolerance=tolerance)


@pytest.mark.parametrize("tolerance", [True, [0.1], b"rounding"])
def test_tolerances_of_another_type(tolerance):
    with pytest.raises(TypeError, match=r'^tolerance must be None, "rounding" or a number, got'):
        lead_rs.grade("1", "1", tolerance=tolerance)
