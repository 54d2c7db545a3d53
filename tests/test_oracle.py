"""The core against the independent oracle, over all kinds of batches, and LEAD's invariants."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lead_rs
import oracle
from batches import batches, configs, large, tokens


def agree(config, inputs):
    """Compare every step's advantages, weights and metrics with the oracle's."""
    controller = lead_rs.WeightController(lead_rs.LeadConfig(**config))
    state = {"step": 0, "weights": (0.5, 0.5)}
    for correctness, length, index in inputs:
        out = lead_rs.compute_advantage(correctness, length, index, controller=controller)
        advantage, metrics, state = oracle.step(config, state, correctness, length, index)
        assert out.advantages.dtype == np.float32
        # What is divided by is at least 1e-4, twice: differences of 1e-16 may grow to 1e-11.
        np.testing.assert_allclose(out.advantages, advantage, rtol=1e-6, atol=1e-6)
        np.testing.assert_allclose(controller.weights, state["weights"], rtol=0, atol=1e-10)
        assert set(out.metrics) == set(metrics)
        for key, expected in metrics.items():
            # A correlation of nearly constant numbers has few digits left.
            within = 1e-6 if "adv_len" in key else 1e-9
            assert out.metrics[key] == pytest.approx(expected, rel=within, abs=within), key


@settings(max_examples=400, deadline=None)
@given(configs(), st.lists(batches(), min_size=1, max_size=3))
def test_random_batches(config, inputs):
    agree(config, inputs)


@pytest.mark.parametrize(("prompts", "n"), [(1, 1000), (1000, 1), (128, 8), (512, 16)])
@pytest.mark.parametrize("mode", oracle.LSTAR_MODES)
def test_thousands_of_responses(prompts, n, mode):
    agree({"lstar_mode": mode}, [large(seed, prompts, n) for seed in range(2)])


@settings(max_examples=100, deadline=None)
@given(configs(), batches(), st.randoms())
def test_row_order_does_not_matter(config, batch, random):
    config = lead_rs.LeadConfig(**config)
    order = list(range(len(batch[0])))
    random.shuffle(order)
    out = lead_rs.compute_advantage(*batch, config=config)
    shuffled = lead_rs.compute_advantage(*(x[order] for x in batch), config=config)
    np.testing.assert_allclose(shuffled.advantages, out.advantages[order], rtol=1e-6, atol=1e-6)


@settings(max_examples=100, deadline=None)
@given(configs(), batches())
def test_advantages_are_white_over_tokens(config, batch):
    correctness, length, index = batch
    config = lead_rs.LeadConfig(**config)
    a = lead_rs.compute_advantage(correctness, length, index, config=config).advantages
    assert np.isfinite(a).all()
    assert not a[length == 0].any()
    mean = (length * a.astype(float)).sum() / length.sum()
    variance = (length * (a.astype(float) - mean) ** 2).sum() / (length.sum() - 1)
    assert abs(mean) < 1e-5
    # Below 1 only where all responses are (nearly) alike and the guard of 1e-8 shows.
    assert variance == pytest.approx(1.0, abs=1e-3) or variance < 1.0


@settings(max_examples=100, deadline=None)
@given(configs(), batches(), st.integers(1, 5))
def test_empty_rows_of_their_own_group_change_no_advantage_of_others_correctness_part(
    config, batch, extra
):
    """Only correctness weights see an empty prompt: with static weights nothing moves."""
    config = config | {"static_lambda_corr": 0.4}
    correctness, length, index = batch
    config = lead_rs.LeadConfig(**config)
    out = lead_rs.compute_advantage(correctness, length, index, config=config)
    more = lead_rs.compute_advantage(
        np.append(correctness, np.zeros(extra)),
        np.append(length, np.zeros(extra, int)),
        np.append(index, ["empty"] * extra),
        config=config,
    )
    np.testing.assert_array_equal(more.advantages[: len(length)], out.advantages)
    assert not more.advantages[len(length) :].any()


def test_neutral_leaves_unsolved_prompts_without_length_pressure():
    batch = ([0, 0, 0, 1, 1], [1000, 4000, 7000, 1500, 2500], ["w", "w", "w", "r", "r"])
    reference = lead_rs.LeadConfig(lstar_mode="max_sym")
    neutral = lead_rs.LeadConfig(lstar_mode="max_sym", unsolved="neutral")
    a = lead_rs.compute_advantage(*batch, config=reference).advantages
    b = lead_rs.compute_advantage(*batch, config=neutral).advantages
    assert a[0] < a[1] < a[2], "the reference rewards longer wrong answers"
    assert b[0] == b[1] == b[2]


def test_stages_by_themselves_equal_the_whole(batch):
    config = lead_rs.LeadConfig(lstar_mode="max_sym", aggregator="median_correct")
    out = lead_rs.compute_advantage(**batch, config=config)
    target = lead_rs.target_length(**batch, config=config)
    np.testing.assert_array_equal(target, out.target_length)
    reward = lead_rs.efficiency_reward(
        batch["correctness"], batch["response_length"], target, config=config
    )
    np.testing.assert_array_equal(reward, out.efficiency_reward)


@settings(max_examples=50, deadline=None)
@given(configs(), batches(), st.sampled_from([np.float32, np.float64]))
def test_token_function_equals_vectors(config, batch, dtype):
    correctness, length, index = batch
    correctness = correctness.astype(np.float32)
    rewards, mask = tokens(correctness, length, int(length.max()) + 3, dtype)
    config = lead_rs.LeadConfig(**config)
    advantages, _ = lead_rs.compute_lead_outcome_advantage(rewards, mask, index, config=config)
    vector = lead_rs.compute_advantage(correctness, length, index, config=config).advantages
    np.testing.assert_array_equal(advantages, np.where(mask == 1, vector[:, None], np.float32(0)))


def test_deviations_too_small_to_square_have_no_correlation():
    config = lead_rs.LeadConfig(static_lambda_corr=1.0)
    out = lead_rs.compute_advantage([1e-200, 0], [1000, 2000], ["a", "a"], config=config)
    assert out.metrics["lead/adv_len_corr"] == 0


@pytest.mark.parametrize("score", [0.1, 1e12, 3e37])
def test_equal_scores_of_any_size_are_no_advantage(score):
    config = lead_rs.LeadConfig(static_lambda_corr=1.0)
    for lengths in ([3, 5, 11], [70, 700, 41], [1, 1, 8999]):
        out = lead_rs.compute_advantage([score] * 3, lengths, ["a", "b", "c"], config=config)
        assert not out.advantages.any()
