"""Bad input: one exception that names the argument, and a controller that has not moved."""

from __future__ import annotations

import numpy as np
import pytest

import lead_rs

NAN, INF = float("nan"), float("inf")

VECTORS = {
    "sizes differ": ({"response_length": [1, 2]}, ValueError, "response_length.*2 for 5"),
    "index size": ({"index": ["a"]}, ValueError, "index.*1 for 5"),
    "empty": (
        {"correctness": [], "response_length": [], "index": []},
        ValueError,
        "batch is empty",
    ),
    "all rows empty": ({"response_length": [0] * 5}, ValueError, "at least 2.*sums to 0"),
    "one token": ({"response_length": [0, 0, 1, 0, 0]}, ValueError, "at least 2.*sums to 1"),
    "nan": ({"correctness": [1, NAN, 0, 0, 0]}, ValueError, "correctness.*NaN in row 1"),
    "inf": ({"correctness": [1, 1, -INF, 0, 0]}, ValueError, "correctness.*-inf in row 2"),
    "huge": ({"correctness": [1, 1, 1e39, 0, 0]}, ValueError, "correctness.*float32"),
    "negative": ({"response_length": [5, -1, 5, 5, 5]}, ValueError, "response_length.*-1 in row 1"),
    "fractional": ({"response_length": [5, 5, 2.5, 5, 5]}, ValueError, r"response_length.*2\.5"),
    "nan length": ({"response_length": [5, 5, NAN, 5, 5]}, ValueError, "response_length.*NaN"),
    "text": ({"correctness": ["right"] * 5}, TypeError, "correctness must hold numbers"),
    "text length": ({"response_length": list("12345")}, TypeError, "response_length must hold num"),
    "complex": ({"correctness": np.ones(5, complex)}, TypeError, "correctness.*complex128"),
    "objects": ({"correctness": [None] * 5}, TypeError, "correctness.*object"),
    "ragged": ({"correctness": [[1], [1, 2]]}, TypeError, "correctness"),
    "2-d": ({"correctness": np.ones((5, 1))}, ValueError, r"correctness.*\[B\], got \[5, 1\]"),
    "scalar": ({"correctness": 1.0}, ValueError, r"correctness.*\[B\], got \[\]"),
    "none uid": ({"index": ["a", None, "a", "b", "b"]}, TypeError, "index.*None in row 1"),
    "nan uid": ({"index": ["a", NAN, "a", "b", "b"]}, TypeError, "index.*NaN in row 1"),
    "unhashable": ({"index": [["a"], "a", "b", "b", "b"]}, TypeError, "index.*unhashable list in"),
    "one string": ({"index": "aaabb"}, TypeError, "index.*single str"),
    "no sequence": ({"index": 5}, TypeError, "index must be a sequence.*int"),
    "2-d index": ({"index": np.ones((5, 1))}, ValueError, r"index.*\[5, 1\]"),
    "config type": ({"config": {"beta": 0.5}}, TypeError, "config must be a LeadConfig.*dict"),
    "controller type": ({"controller": 1}, TypeError, "controller must be a WeightController"),
    "other config": ({"config": lead_rs.LeadConfig(beta=0.1)}, ValueError, "config differs"),
}


@pytest.mark.parametrize(("change", "error", "message"), VECTORS.values(), ids=VECTORS)
def test_vectors(batch, change, error, message):
    controller = lead_rs.WeightController()
    lead_rs.compute_advantage(**batch, controller=controller)
    before, metrics = controller.state_dict(), controller.metrics
    with pytest.raises(error, match=message):
        lead_rs.compute_advantage(**{**batch, "controller": controller, **change})
    assert controller.state_dict() == before
    assert controller.metrics == metrics


def token_batch():
    mask = np.array([[1, 1, 1, 0], [1, 1, 0, 0], [1, 0, 0, 0]])
    return {
        "token_level_rewards": np.where(mask == 1, 0.25, 0.0).astype(np.float32),
        "response_mask": mask,
        "index": ["a", "a", "b"],
    }


def changed(name, position, value, dtype=None):
    array = token_batch()[name].astype(dtype or token_batch()[name].dtype)
    array[position] = value
    return {name: array}


R, M = "token_level_rewards", "response_mask"
TOKENS = {
    "shape": ({M: np.ones((3, 5), int)}, ValueError, r"same shape \[B, T\].*\[3, 4\] and \[3, 5\]"),
    "1-d": ({R: np.ones(3, np.float32)}, ValueError, R + r".*\[B, T\], got \[3\]"),
    "no rows": (
        {R: np.ones((0, 4), np.float32), M: np.ones((0, 4), int), "index": []},
        ValueError,
        "batch is empty",
    ),
    "no columns": (
        {R: np.ones((3, 0), np.float32), M: np.ones((3, 0), int)},
        ValueError,
        "sums to 0",
    ),
    "all masked": ({M: np.zeros((3, 4), int)}, ValueError, "sums to 0"),
    "nan": (changed(R, (1, 1), NAN), ValueError, R + ".*NaN in row 1, token 1"),
    "inf": (changed(R, (2, 0), INF), ValueError, R + ".*inf in row 2, token 0"),
    "mask 2": (changed(M, (0, 1), 2), ValueError, M + ".*got 2 in row 0, token 1"),
    "mask -1": (changed(M, (0, 1), -1, np.int32), ValueError, M + ".*got -1"),
    "mask .5": (changed(M, (0, 1), 0.5, np.float32), ValueError, M + r".*got 0\.5"),
    "mask nan": (changed(M, (0, 1), NAN, np.float32), ValueError, M + ".*got NaN"),
    "mask dtype": ({M: np.ones((3, 4), np.int16)}, TypeError, M + ".*int64, bool.*got int16"),
    "reward dtype": ({R: np.ones((3, 4), int)}, TypeError, R + ".*float32, float64, got int64"),
    "reward text": ({R: [["a"] * 4] * 3}, TypeError, R + ".*float32, float64, got str"),
    "correctness size": ({"correctness": [1.0]}, ValueError, "correctness.*1 for 3"),
    "correctness nan": ({"correctness": [1.0, NAN, 0.0]}, ValueError, "correctness.*NaN in row 1"),
    "index": ({"index": ["a"]}, ValueError, "index.*1 for 3"),
}


@pytest.mark.parametrize(("change", "error", "message"), TOKENS.values(), ids=TOKENS)
def test_tokens(change, error, message):
    controller = lead_rs.WeightController()
    with pytest.raises(error, match=message):
        lead_rs.compute_lead_outcome_advantage(**{**token_batch(), **change}, controller=controller)
    assert controller.step == 0
    assert controller.metrics is None


def test_device_tensors_are_refused(torch, batch):
    """A tensor that is not on the CPU; torch's meta device stands in for a GPU's."""
    for name in ("correctness", "response_length", "index"):
        tensor = torch.ones(5, device="meta")
        with pytest.raises(TypeError, match=f"{name} must be on the CPU, got a tensor on meta"):
            lead_rs.compute_advantage(**{**batch, name: tensor})
    arrays = {R: torch.ones(3, 4), M: torch.ones(3, 4, dtype=torch.int64)}
    for name, tensor in arrays.items():
        with pytest.raises(TypeError, match=f"{name} must be on the CPU"):
            lead_rs.compute_lead_outcome_advantage(
                **{**arrays, name: tensor.to("meta"), "index": list("aab")}
            )


def test_torch_dtypes_are_named(torch):
    rewards, mask = torch.ones(3, 4, dtype=torch.bfloat16), torch.ones(3, 4, dtype=torch.int64)
    with pytest.raises(TypeError, match=R + ".*bfloat16"):
        lead_rs.compute_lead_outcome_advantage(rewards, mask, list("aab"))


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ([1.0], "target_length.*1 for 2"),
        ([0, 5], "target_length.*got 0"),
        ([5, NAN], "NaN in row 1"),
    ],
)
def test_efficiency_reward_targets(target, message):
    with pytest.raises(ValueError, match=message):
        lead_rs.efficiency_reward([1, 0], [10, 20], target)


def test_negative_thread_count():
    with pytest.raises(ValueError, match="num_threads must be >= 0, got -1"):
        lead_rs.set_num_threads(-1)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (
            lambda: lead_rs.WeightController(3),
            "config must be a LeadConfig or None, got 3 of type int",
        ),
        (
            lambda: lead_rs.WeightController().enter_step("1"),
            "number must be an int, got '1' of type str",
        ),
        (lambda: lead_rs.set_num_threads("2"), "num_threads must be an int, got '2' of type str"),
        (
            lambda: lead_rs.score_batch(["1"], ["1"], num_threads="2"),
            "num_threads must be an int or None, got '2' of type str",
        ),
        (
            lambda: lead_rs.grade("1", "1", require_simplified="no"),
            "require_simplified must be a bool, got 'no' of type str",
        ),
        (
            lambda: lead_rs.score("1", "1", length_reward="much"),
            "length_reward must be a number, got 'much' of type str",
        ),
        (
            lambda: lead_rs.target_length([1], [5], [0], config={}),
            "config must be a LeadConfig or None, got {} of type dict",
        ),
        (
            lambda: lead_rs.efficiency_reward([1], [5], [5], config={}),
            "config must be a LeadConfig or None, got {} of type dict",
        ),
    ],
)
def test_arguments_of_another_type(wrong, message):
    with pytest.raises(TypeError) as refused:
        wrong()
    assert str(refused.value) == message
