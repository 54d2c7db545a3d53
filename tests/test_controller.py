"""WeightController: state that survives, and states that are refused."""

from __future__ import annotations

import copy
import json
import logging
import pickle
import threading

import pytest

import lead_rs


@pytest.fixture
def controller(batch):
    controller = lead_rs.WeightController(lead_rs.LeadConfig(lstar_mode="max_sym"))
    for _ in range(3):
        lead_rs.compute_advantage(**batch, controller=controller)
    return controller


def test_a_fresh_one():
    controller = lead_rs.WeightController()
    assert (controller.step, controller.weights) == (0, (0.5, 0.5))
    assert controller.metrics is None
    assert controller.config == lead_rs.LeadConfig()
    assert "step=0" in repr(controller)


def test_state_goes_through_json_and_continues_exactly(controller, batch):
    resumed = lead_rs.WeightController(controller.config)
    resumed.load_state_dict(json.loads(json.dumps(controller.state_dict())))
    for _ in range(5):
        a = lead_rs.compute_advantage(**batch, controller=controller)
        b = lead_rs.compute_advantage(**batch, controller=resumed)
        assert a.metrics == b.metrics
        assert (a.advantages == b.advantages).all()
    assert resumed.state_dict() == controller.state_dict()
    assert resumed.metrics["lead/step"] == 8


def test_copies(controller):
    for copied in (
        pickle.loads(pickle.dumps(controller)),
        copy.deepcopy(controller),
        lead_rs.WeightController.from_state_dict(controller.state_dict()),
    ):
        assert copied.state_dict() == controller.state_dict()
        assert copied.config == controller.config


def test_the_state_names_its_settings(controller):
    assert controller.state_dict()["config"] == controller.config.to_dict()


def test_other_settings_are_warned_about(controller, caplog):
    other = lead_rs.WeightController(lead_rs.LeadConfig(lstar_mode="max_sym", beta=0.5))
    with caplog.at_level(logging.WARNING, logger="lead_rs"):
        other.load_state_dict(controller.state_dict())
    assert "beta: 0.95 -> 0.5" in caplog.text
    assert "lstar_mode" not in caplog.text
    assert other.weights == controller.weights
    assert other.config.beta == 0.5


def test_same_settings_are_not(controller, caplog):
    lead_rs.WeightController(controller.config).load_state_dict(controller.state_dict())
    assert not caplog.records


def test_calls_of_one_global_step_are_one_step(batch):
    controller = lead_rs.WeightController(lead_rs.LeadConfig(beta=0.5))
    for number in (3, 3, 4, 4, 4):
        controller.enter_step(number)
        output = lead_rs.compute_advantage(**batch, controller=controller)
    assert controller.step == output.metrics["lead/step"] == 2
    plain = lead_rs.WeightController(controller.config)
    for _ in range(2):
        lead_rs.compute_advantage(**batch, controller=plain)
    assert controller.weights == pytest.approx(plain.weights, abs=1e-15)


def test_a_failed_call_leaves_the_step_alone(batch):
    controller = lead_rs.WeightController()
    controller.enter_step(1)
    lead_rs.compute_advantage(**batch, controller=controller)
    before = controller.state_dict()
    controller.enter_step(2)
    with pytest.raises(ValueError, match="at least 2"):
        lead_rs.compute_advantage([1], [0], [0], controller=controller)
    assert controller.state_dict() == before


@pytest.mark.parametrize(
    ("number", "error", "message"),
    [
        (-1, ValueError, "number must be >= 0, got -1"),
        (1.5, TypeError, "number"),
        ("1", TypeError, "number"),
    ],
)
def test_a_step_number_that_is_none(number, error, message):
    with pytest.raises(error, match=message):
        lead_rs.WeightController().enter_step(number)


def test_a_state_of_the_first_version_is_read(controller, batch):
    old = without(controller.state_dict(), "last_step") | {"version": 1}
    resumed = lead_rs.WeightController.from_state_dict(old)
    a, b = (lead_rs.compute_advantage(**batch, controller=c) for c in (controller, resumed))
    assert a.metrics == b.metrics


def test_a_state_without_a_quantile_is_read(controller):
    """Version 3 had all other settings."""
    state = controller.state_dict()
    old = state | {"version": 3, "config": without(state["config"], "quantile")}
    assert lead_rs.WeightController.from_state_dict(old).state_dict() == state
    with pytest.raises(ValueError, match="missing field `quantile`"):
        lead_rs.WeightController.from_state_dict(old | {"version": 4})


def without(state, key):
    return {k: v for k, v in state.items() if k != key}


def nested(depth):
    value = []
    for _ in range(depth):
        value = [value]
    return value


def last_step(**fields):
    """Of one batch, unless `fields` says otherwise."""
    plain = {"number": 1, "weights_before": [0, 1], "target_sum": [0.5, 0.5], "batches": 1}
    return plain | fields


BAD_STATES = {
    "empty": (lambda s: {}, "format"),
    "foreign": (lambda s: {"model": "weights"}, "format"),
    "other version": (lambda s: s | {"version": 5}, "version 5"),
    "version 0": (lambda s: s | {"version": 0}, "version 0"),
    "a step of no batch": (lambda s: s | {"last_step": last_step(batches=0)}, "last_step"),
    "batches that wrap": (lambda s: s | {"last_step": last_step(batches=2**64 - 1)}, "2.53"),
    "batches that no float is": (lambda s: s | {"last_step": last_step(batches=2**53 + 1)}, "2.53"),
    "a last step of none": (lambda s: s | {"step": 0, "last_step": last_step()}, "last_step"),
    "more than its batches": (
        lambda s: s | {"last_step": last_step(target_sum=[1.5, 0.0])},
        "last_step",
    ),
    "no weights before": (
        lambda s: s | {"last_step": last_step(weights_before=[-0.5, 1.0])},
        "last_step",
    ),
    "no step": (lambda s: without(s, "step"), "step"),
    "negative step": (lambda s: s | {"step": -1}, "-1"),
    "step that no float is": (lambda s: s | {"step": 2**53 + 1}, "step must be at most 2.53"),
    "step that wraps": (lambda s: s | {"step": 2**64 - 1}, "step must be at most 2.53"),
    "step of 4,000 digits": (lambda s: s | {"step": 10**3999}, "(not JSON|u64)"),
    "text step": (lambda s: s | {"step": "3"}, "string"),
    "one weight": (
        lambda s: s | {"weights": [0.5]},
        "weights must be.*one each of correctness, eff",
    ),
    "weight out of range": (lambda s: s | {"weights": [0.5, 1.5]}, "weights must be in"),
    "nan weight": (lambda s: s | {"weights": [0.5, float("nan")]}, "not JSON"),
    "unknown key": (lambda s: s | {"extra": 1}, "extra"),
    "bad config": (lambda s: s | {"config": s["config"] | {"beta": 7.0}}, "beta must be"),
    "unknown setting": (lambda s: s | {"config": s["config"] | {"gamma": 7.0}}, "gamma"),
    "not JSON": (lambda s: s | {"step": {1, 2}}, "not JSON"),
    "infinite setting": (lambda s: s | {"config": s["config"] | {"bmax": 1e400}}, "not JSON"),
    "nested too deeply": (lambda s: s | {"weights": nested(100_000)}, "not JSON"),
    "nested deeply": (lambda s: s | {"weights": nested(500)}, "not JSON"),
}


@pytest.mark.parametrize(("spoil", "message"), BAD_STATES.values(), ids=BAD_STATES)
def test_bad_states_change_nothing(controller, spoil, message):
    before = controller.state_dict()
    with pytest.raises(ValueError, match=f"not a usable LEAD state.*{message}"):
        controller.load_state_dict(spoil(before))
    assert controller.state_dict() == before
    with pytest.raises(ValueError, match="not a usable LEAD state"):
        lead_rs.WeightController.from_state_dict(spoil(before))


def test_a_state_must_be_a_dict(controller):
    with pytest.raises(TypeError, match="state must be a dict.*str"):
        controller.load_state_dict(json.dumps(controller.state_dict()))


def test_steps_from_many_threads_are_all_counted(batch):
    controller = lead_rs.WeightController()
    work = [
        threading.Thread(
            target=lambda: [
                lead_rs.compute_advantage(**batch, controller=controller) for _ in range(50)
            ]
        )
        for _ in range(8)
    ]
    for thread in work:
        thread.start()
    for thread in work:
        thread.join()
    assert controller.step == 400


def test_static_weights_are_stored_and_unfloored(batch):
    config = lead_rs.LeadConfig(static_lambda_corr=0.1)
    controller = lead_rs.WeightController(config)
    out = lead_rs.compute_advantage(**batch, controller=controller)
    assert out.lambda_corr == 0.1
    assert controller.weights == (0.1, 0.9)
    assert out.metrics["lead/static_w_corr"] == 0.1
