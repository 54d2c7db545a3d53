"""The reference's own numbers, on every step of every golden case."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

import lead_rs
import oracle
from batches import tokens


def check(step, advantages, controller, weights_within=1e-6):
    np.testing.assert_allclose(advantages, step["advantage"], rtol=0, atol=1e-5)
    np.testing.assert_allclose(controller.weights, step["weights"], rtol=0, atol=weights_within)
    metrics = controller.metrics
    assert set(step["metrics"]) <= set(metrics)
    for key, expected in step["metrics"].items():
        # The reference's float32 metrics of lengths carry 7 digits.
        assert metrics[key] == pytest.approx(expected, rel=1e-6, abs=1e-6), key


def test_oracle_agrees_with_the_reference(golden):
    state = {"step": 0, "weights": (0.5, 0.5)}
    for step in golden["steps"]:
        advantage, metrics, state = oracle.step(
            golden["config"], state, step["correctness"], step["response_length"], step["uid"]
        )
        np.testing.assert_allclose(advantage, step["advantage"], rtol=0, atol=1e-5)
        np.testing.assert_allclose(state["weights"], step["weights"], rtol=0, atol=1e-6)
        for key, expected in step["metrics"].items():
            assert metrics[key] == pytest.approx(expected, rel=1e-6, abs=1e-6), key


def test_vectors(golden):
    controller = lead_rs.WeightController(lead_rs.LeadConfig.from_dict(golden["config"]))
    for step in golden["steps"]:
        out = lead_rs.compute_advantage(
            step["correctness"], step["response_length"], step["uid"], controller=controller
        )
        check(step, out.advantages, controller)


def test_every_bit_is_that_of_two_rewards_alone():
    """As they were before there could be others; alpha is 1, which needs no library's `pow`."""
    bits = hashlib.sha256()
    lines = (Path(__file__).parent / "golden" / "lead_steps.jsonl").read_text().splitlines()
    for case in map(json.loads, lines):
        config = lead_rs.LeadConfig.from_dict(case["config"])
        controller = lead_rs.WeightController(config)
        for step in case["steps"] if config.alpha == 1 else ():
            out = lead_rs.compute_advantage(
                step["correctness"], step["response_length"], step["uid"], controller=controller
            )
            numbers = (*out.metrics.values(), *controller.weights, out.lambda_corr, out.lambda_eff)
            for array in (out.advantages, out.efficiency_reward, out.target_length, numbers):
                bits.update(np.asarray(array).astype("<f8").tobytes())
    assert bits.hexdigest() == "058ee59b92e79e23cc3600a144dd848ca2987506039b99daf70bfa1033350cdf"


def test_shuffled_rows(golden):
    controller = lead_rs.WeightController(lead_rs.LeadConfig.from_dict(golden["config"]))
    rng = np.random.default_rng(0)
    for step in golden["steps"]:
        order = rng.permutation(len(step["uid"]))
        out = lead_rs.compute_advantage(
            *(np.array(step[key])[order] for key in ("correctness", "response_length", "uid")),
            controller=controller,
        )
        restored = np.empty(len(order), np.float32)
        restored[order] = out.advantages
        check(step, restored, controller)


def test_token_arrays(golden):
    controller = lead_rs.WeightController(lead_rs.LeadConfig.from_dict(golden["config"]))
    for step in golden["steps"]:
        rewards, mask = tokens(step["correctness"], step["response_length"], golden["T"])
        advantages, returns = lead_rs.compute_lead_outcome_advantage(
            rewards, mask, step["uid"], controller=controller
        )
        assert returns is advantages
        assert not advantages[mask == 0].any()
        first = np.where(mask[:, 0] == 1, advantages[:, 0], 0.0)
        assert (np.where(mask == 1, first[:, None], 0.0) == advantages).all()
        check(step, first, controller)
