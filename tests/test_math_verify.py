"""`lead_rs.math_verify`: Math-Verify's names and shapes, with this grader behind them."""

from __future__ import annotations

import inspect

import pytest

from lead_rs import math_verify as ours
from lead_rs.math_verify import (
    ExprExtractionConfig,
    LatexExtractionConfig,
    StringExtractionConfig,
    math_metric,
    parse,
    verify,
)

BOTH = [LatexExtractionConfig(), ExprExtractionConfig()]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (r"So \boxed{\frac{1}{2}}.", [r"\frac{1}{2}"]),
        ("The answer is $x=3$. Done", ["$x=3$"]),
        ("10/9", ["10/9"]),
        (r"\sin x + 1", [r"\sin x + 1"]),
        ("I counted 7,425,000 of them", ["7,425,000"]),
        ("nothing", []),
        ("", []),
    ],
)
def test_parse(text, found):
    for config in (BOTH, BOTH[:1], BOTH[1:]):
        assert parse(text, config) == found


def test_parse_without_what_cannot_be_read():
    assert parse(r"\boxed{\frac{1}{}") == []
    assert parse(r"\boxed{5 ((}") == ["5 (("]
    assert parse(r"\boxed{5 ((}", fallback_mode="no_fallback") == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The answer is (B).", ["b"]),
        ("A or B? It is C", ["c"]),
        ("a good one", []),
        ("none", []),
    ],
)
def test_parse_words(text, found):
    assert parse(text, [StringExtractionConfig()]) == found


def test_parse_words_as_they_are():
    assert parse("It is B", [StringExtractionConfig(lowercase=False)]) == ["B"]
    config = [StringExtractionConfig(strings=("yes", "no"))]
    assert parse("No, I mean: Yes!", config) == ["yes"]
    assert parse("No.", config) == ["no"]
    assert parse("NO.", config) == ["no"]
    shouted = [StringExtractionConfig(strings=("yes", "no"), lowercase=False)]
    assert parse("No.", shouted) == ["No"]
    assert parse("The answer is 5", [*config, ExprExtractionConfig()]) == ["5"]


@pytest.mark.parametrize("kind", [LatexExtractionConfig, ExprExtractionConfig])
def test_an_anchor_is_a_box(kind):
    config = [kind(try_extract_without_anchor=False)]
    assert parse(r"It is 5, so \boxed{6}", config) == ["6"]
    assert parse("The answer is $5$", config) == []
    assert parse("5", config) == []


def test_a_word_in_a_box():
    config = [StringExtractionConfig(try_extract_without_anchor=False)]
    assert parse(r"A? \boxed{\text{B}} C", config) == ["b"]
    assert parse("It is C", config) == []


def test_verify():
    assert verify(parse(r"$\frac12$"), parse(r"\boxed{0.5}"))
    assert verify("1/2", "2/4")
    assert verify(["3", "1/2"], ["0.5"])
    assert not verify("1/2", "0.51")
    assert not verify([], ["1"])
    assert not verify(["1"], [])
    assert not verify([""], [""])


@pytest.mark.parametrize("inside", [r"\boxed{5}+1", r"\fbox{5} \text{ is wrong}", r"-\boxed{5}"])
def test_a_box_inside_an_answer_frames_a_part(inside):
    answer = parse(rf"So \boxed{{{inside}}}")
    assert answer == [inside]
    assert not verify("5", answer)
    assert verify("6", parse(r"\boxed{\boxed{5}+1}"))


def test_what_the_shapes_of_trl_and_verl_pass():
    """As open-r1's and TRL's accuracy rewards and verl's math_verify.py call it."""
    normalization = object()
    config = LatexExtractionConfig(
        boxed_match_priority=0, try_extract_without_anchor=True, normalization_config=normalization
    )
    answer = parse(r"so \boxed{5}", extraction_config=[config], extraction_mode="first_match")
    assert verify(answer, parse("$5$"), timeout_seconds=None)
    score, _ = math_metric(
        gold_extraction_target=(LatexExtractionConfig(),),
        pred_extraction_target=(ExprExtractionConfig(), LatexExtractionConfig()),
    )([r"\boxed{5}"], ["It is 5"])
    assert score == 1.0


def test_the_metric(caplog):
    metric = math_metric()
    assert metric(["1", "2"], ["it is 3", "it is 2"]) == (1.0, (["1", "2"], ["3", "2"]))
    assert not caplog.records
    assert math_metric(aggregation_function=min)(["2"], ["3", "2"])[0] == 0.0
    assert metric(["1"], ["none"]) == (0.0, (["1"], []))
    assert "no prediction has an answer" in caplog.text
    with pytest.raises(ValueError, match="^golds must hold an answer each"):
        metric(["none"], ["1"])


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda: verify("1", "1", float_rounding=2), ValueError, "^float_rounding must be 6"),
        (lambda: verify("1", "1", numeric_precision=3), ValueError, "^numeric_precision must be"),
        (lambda: verify("1", "1", strict=False), ValueError, "^strict must be True"),
        (lambda: verify(1, "1"), TypeError, "^gold must be a text .* got int"),
        (lambda: verify([1], "1"), TypeError, "^gold must be a text or what .* got int"),
        (lambda: parse("1", fallback_mode="all"), ValueError, "^fallback_mode must be one of"),
        (lambda: parse("1", extraction_mode="all"), ValueError, "^extraction_mode must be one"),
        (lambda: parse("1", [1]), TypeError, "^extraction_config must hold .* got int"),
        (lambda: LatexExtractionConfig(boxed_match_priority=-1), ValueError, "^boxed_match_prio"),
        (lambda: math_metric(precision=2)(["1"], ["1"]), ValueError, "^float_rounding must be 6"),
    ],
)
def test_what_is_not_offered_is_refused_by_its_name(call, error, match):
    with pytest.raises(error, match=match):
        call()


def test_names_and_defaults_are_math_verifys():
    theirs = pytest.importorskip("math_verify", reason="Math-Verify is not installed")
    for name in ("parse", "verify", "math_metric"):
        own = inspect.signature(getattr(ours, name)).parameters
        assert list(own) == list(inspect.signature(getattr(theirs, name)).parameters)
    for name in ("LatexExtractionConfig", "ExprExtractionConfig", "StringExtractionConfig"):
        own = inspect.signature(getattr(ours, name)).parameters
        assert list(own) == list(inspect.signature(getattr(theirs, name)).parameters)
