"""Accuracy and its uncertainty, pass@n, lengths, AES: against hand calculation and simulation."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lead_rs.evaluation.statistics import (
    LONG,
    AesWeights,
    Problems,
    Responses,
    Summary,
    aes,
    change,
    summarise,
)


def responses(correct, tokens=None, truncated=None):
    correct = np.array(correct, float)
    tokens = np.full(correct.shape, 10.0) if tokens is None else np.array(tokens, float)
    return Responses(correct, tokens, np.zeros(correct.shape) if truncated is None else truncated)


def test_by_hand():
    summary = summarise(
        [
            responses(
                [[1, 1, 0], [0, 0, 1], [0, 0, 0], [1, 1, 1]],
                [[10, 20, 90], [80, 90, 40], [90, 90, 90], [30, 20, 30]],
                np.array([[0, 0, 1], [0, 1, 0], [1, 1, 1], [0, 0, 0]], float),
            )
        ]
    )
    assert summary.accuracy == pytest.approx(6 / 12)
    assert summary.standard_error == pytest.approx(0)  # each sample has two right
    assert summary.pass_at_n == 3 / 4
    assert summary.tokens == pytest.approx(680 / 12)
    assert summary.tokens_correct == pytest.approx((10 + 20 + 40 + 30 + 20 + 30) / 6)
    assert summary.truncated == pytest.approx(5 / 12)
    # Samples right in 2, 1, 1 of 2 problems: standard deviation .289 of three.
    spread = summarise([responses([[1, 0, 1], [1, 1, 0]])]).standard_error
    assert spread == pytest.approx(np.std([1, 0.5, 0.5], ddof=1) / math.sqrt(3))


def test_long_responses_are_those_above_the_limit():
    tokens = [[LONG, LONG + 1], [1, 2 * LONG], [1, 1], [1, 1]]
    assert summarise([responses(np.ones((4, 2)), tokens)]).long == 2 / 8


def test_the_samples_of_a_problem_are_averaged():
    found = Problems.of(responses([[1, 0, 0, 0], [1, 1, 0, 1]], [[1, 2, 3, 6], [5, 5, 5, 9]]))
    assert found.correct.tolist() == [0.25, 0.75]
    assert found.tokens.tolist() == [3, 6]


def test_undefined_is_nan_and_null():
    summary = summarise([responses([[0], [0]])])
    assert math.isnan(summary.standard_error)
    assert math.isnan(summary.tokens_correct)
    data = json.loads(json.dumps(summary.to_dict(), allow_nan=False))
    assert data["standard_error"] is None
    assert repr(Summary.from_dict(data)) == repr(summary)


def test_sets_are_averaged_unweighted():
    large, small = responses([[1, 1]] * 500, [[100, 100]] * 500), responses([[0, 1], [0, 0]])
    both = summarise([large, small])
    alone = [summarise([large]), summarise([small])]
    for name in ("accuracy", "pass_at_n", "tokens", "tokens_correct"):
        expected = np.mean([getattr(each, name) for each in alone])
        assert getattr(both, name) == pytest.approx(expected)
    assert both.standard_error == pytest.approx(alone[1].standard_error / 2)


def test_the_interval_covers_the_truth_as_often_as_it_says():
    """Problems of unequal difficulty: the interval must know that samples of one go together."""
    rng = np.random.default_rng(1)
    hits = 0
    for seed in range(120):
        difficulty = rng.beta(0.5, 0.5, size=(60, 1))
        correct = (rng.random((60, 4)) < difficulty).astype(float)
        low, high = summarise([responses(correct)], seed=seed).interval
        hits += low <= 0.5 <= high
    assert 0.88 <= hits / 120 <= 0.99


def half_right(problems, samples=1):
    """Half of the problems are always solved, the others never."""
    return responses(np.repeat(np.arange(problems) % 2, samples).reshape(problems, samples))


def test_the_interval_is_of_95_percent_over_problems():
    low, high = summarise([half_right(400)]).interval
    expected = 1.96 * math.sqrt(0.25 / 400)
    assert (0.5 - low, high - 0.5) == pytest.approx((expected, expected), rel=0.06)
    # Ten samples of each problem that all say the same are no ten problems.
    assert summarise([half_right(400, 10)]).interval == pytest.approx((low, high))


def test_independent_errors_are_added_in_quadrature():
    spread, other = responses([[1, 0, 1], [1, 1, 0]]), responses([[1, 0, 0, 1], [0, 0, 0, 1]])
    errors = [summarise([each]).standard_error for each in (spread, other)]
    assert min(errors) > 0
    both = summarise([spread, other]).standard_error
    assert both == pytest.approx(math.hypot(*errors) / 2)


def test_the_interval_is_the_same_every_time():
    rng = np.random.default_rng(0)
    one = responses(rng.integers(0, 2, (30, 10)))
    assert summarise([one]) == summarise([one]) == summarise([one], seed=0)
    assert summarise([one]) != summarise([one], seed=1)
    half = half_right(30)
    runs = {"a": Problems.of(one)}, {"a": Problems.of(half)}
    assert change(*runs) == change(*runs, seed=0) != change(*runs, seed=1)


@pytest.mark.parametrize(
    ("accuracy", "tokens", "expected"),
    [
        (0.5, 5000.0, 0.5),
        (0.6, 10000.0, 3 * 0.2),
        (0.4, 10000.0, -5 * 0.2),
        (0.6, 5000.0, 0.5 + 0.6),
        (0.4, 2000.0, 0.8 - 1),
        (0.5, 20000.0, -1.0),
    ],
)
def test_aes(accuracy, tokens, expected):
    assert aes(accuracy, tokens, 0.5, 10000.0) == pytest.approx(expected)


def test_aes_weights_and_limits():
    assert aes(0.6, 5000, 0.5, 10000, AesWeights(2, 1, 9)) == pytest.approx(1.2)
    assert aes(0.4, 5000, 0.5, 10000, AesWeights(2, 1, 9)) == pytest.approx(1 - 1.8)
    assert math.isnan(aes(0.5, 100, 0, 100))
    assert math.isnan(aes(0.5, 100, 0.5, 0))


@given(st.floats(0.01, 1), st.floats(0.01, 1), st.floats(1, 1e5), st.floats(1, 1e5))
def test_aes_of_percent_is_that_of_shares(accuracy, base, tokens, base_tokens):
    shares = aes(accuracy, tokens, base, base_tokens)
    assert aes(100 * accuracy, tokens, 100 * base, base_tokens) == pytest.approx(shares, abs=1e-6)


def problems(correct, tokens):
    return Problems(np.array(correct, float), np.array(tokens, float))


def test_a_change_by_hand():
    base = {"a": problems([1, 0], [100, 300]), "b": problems([1], [50])}
    run = {"a": problems([1, 1], [100, 100]), "b": problems([0.5], [25])}
    found = change(run, base)
    assert found.accuracy.value == (1 + 0.5) / 2 - (0.5 + 1) / 2
    assert found.tokens.value == (100 + 25) / (200 + 50) - 1
    assert found.aes.value == pytest.approx(aes(0.75, 62.5, 0.75, 125))
    # Of a both problems, or one of them twice; of b always the same.
    assert found.accuracy[1:] == pytest.approx(((1 + 0.5) / 2 - 1, (1 + 0.5) / 2 - 0.5))
    assert found.tokens[1:] == pytest.approx((62.5 / 175 - 1, 62.5 / 75 - 1))


def test_the_bootstrap_is_paired():
    """What is hard for both is no difference: alone, each accuracy's interval is 0.2 wide."""
    rng = np.random.default_rng(0)
    hard = rng.random(100).round()
    tokens = rng.uniform(100, 1000, 100)
    run, base = {"a": problems(hard, tokens / 2)}, {"a": problems(hard, tokens)}
    found = change(run, base)
    assert found.accuracy == (0, 0, 0)
    assert found.tokens == pytest.approx((-0.5, -0.5, -0.5))
    assert found.aes == pytest.approx((0.5, 0.5, 0.5))


def test_the_intervals_of_a_change_are_of_95_percent():
    run = Problems.of(half_right(400))
    base = problems(np.full(400, 0.5), np.full(400, 10))
    _, low, high = change({"a": run}, {"a": base}).accuracy
    assert (low, high) == pytest.approx((-1.96 * 0.025, 1.96 * 0.025), rel=0.06)


def test_the_interval_of_a_change_covers_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(0)
    covered = 0
    for _ in range(100):
        base = rng.random(60)
        run = (base + rng.normal(0.1, 0.3, 60)).clip(-9, 9)
        tokens = np.ones(60)
        _, low, high = change({"a": problems(run, tokens)}, {"a": problems(base, tokens)}).accuracy
        covered += low <= 0.1 <= high
    assert 88 <= covered <= 99


def test_a_change_against_nothing_right_is_undefined():
    found = change({"a": problems([1, 1], [1, 1])}, {"a": problems([0, 0], [1, 1])})
    assert found.accuracy == (1, 1, 1)
    assert all(map(math.isnan, found.aes))
    # The base is right on one of two: in a quarter of the resamples it isn't.
    found = change({"a": problems([1, 1], [1, 1])}, {"a": problems([0, 1], [1, 1])})
    assert found.aes.value == 3
    assert math.isnan(found.aes.low)


def test_a_change_against_empty_responses_is_undefined():
    found = change({"a": problems([1, 1], [1, 1])}, {"a": problems([1, 1], [0, 0])})
    assert found.accuracy == (0, 0, 0)
    assert all(map(math.isnan, found.tokens + found.aes))
    found = change({"a": problems([1], [0.25])}, {"a": problems([1], [0.5])})
    assert found.tokens == (-0.5, -0.5, -0.5)


def test_only_the_same_problems_are_compared():
    with pytest.raises(ValueError, match="the same problems, got {'a': 2}, {'a': 1}"):
        change({"a": problems([1, 1], [1, 1])}, {"a": problems([0], [1])})
