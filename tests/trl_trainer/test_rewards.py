"""Reward functions of TRL's as the rewards that LEAD weighs, against the core's own numbers."""

from __future__ import annotations

import pytest

pytest.importorskip("trl", reason="TRL is not installed: make test-trl")

import numpy as np
from given import END, Given

import lead_rs

LENGTHS = [3, 5, 6, 9, 4, 4, 7, 2]
GROUPS = [0] * 4 + [1] * 4
RIGHT = [1, 0, 1, 1, 0, 1, 0, 0]
TIDY = [0.5, None, 1.0, 0.0, 0.25, 0.75, float("nan"), 1.0]
POLITE = [None, -1.0, 0.5, 1.0, None, None, None, None]
OWN = [
    {"name": "right", "key": "correctness", "min": 0, "max": 1, "floor": 0.3},
    {"name": "short", "key": "efficiency", "min": -1, "max": 1, "over": "correct"},
]
OF_FUNCTIONS = [
    {"name": "form", "key": "tidy", "min": 0, "max": 1},
    {"name": "polite", "min": -1, "max": 1},
]


def accuracy(right, **kwargs):
    return right


def tidy(tidiness, **kwargs):
    return tidiness


def polite(politeness, **kwargs):
    return politeness


def rows(right=RIGHT, tidiness=TIDY, politeness=POLITE):
    columns = zip(right, tidiness, politeness, strict=True)
    return [{"prompt": "q", "right": r, "tidiness": t, "politeness": p} for r, t, p in columns]


def config(rewards, **changed):
    return lead_rs.LeadConfig(rewards=rewards, bmax=9, lstar_min=1, min_length=0, **changed)


def trainer_of(make, rewards, lead_correctness, **changed):
    trainer = make(
        cls=Given,
        reward_funcs=[tidy, accuracy, polite],
        lead_config=config(rewards, **changed),
        lead_correctness=lead_correctness,
    )
    trainer.ids = [[5] * (length - 1) + [END] for length in LENGTHS]
    return trainer


@pytest.mark.parametrize(
    ("rewards", "correctness"), [(OWN + OF_FUNCTIONS, "accuracy"), (OF_FUNCTIONS, None)]
)
def test_the_cores_numbers(make, rewards, correctness):
    trainer = trainer_of(make, rewards, correctness)
    controller = lead_rs.WeightController(trainer.lead_controller.config)
    for step, politeness in enumerate((POLITE, [None] * 8, POLITE[::-1])):
        trainer.state.global_step = step
        advantages = trainer.step(rows(politeness=politeness))
        controller.enter_step(step)
        out = lead_rs.compute_advantage(
            RIGHT if correctness else None,
            LENGTHS,
            GROUPS,
            rewards={"tidy": TIDY, "polite": politeness},
            controller=controller,
        )
        assert advantages.tolist() == out.advantages.tolist()
        logged = {key: values[-1] for key, values in trainer._metrics["train"].items()}
        for key, value in out.metrics.items():
            assert np.array_equal(logged[key], value, equal_nan=True), key
    assert logged["lead/reward_form/w"] == out.weights["form"] != 1 / len(rewards)
    assert ("lead/lint_correct_punished" in logged) == (correctness is not None)
    assert trainer.lead_controller.state_dict() == controller.state_dict()


def test_a_response_without_a_reward_is_left_out(make):
    trainer = trainer_of(make, OF_FUNCTIONS, None)
    nothing = [None, *[1.0, 0.5, 0.0] * 2, None]
    advantages = trainer.step(rows(tidiness=nothing, politeness=nothing))
    out = lead_rs.compute_advantage(
        None,
        LENGTHS[1:7],
        GROUPS[1:7],
        rewards={"tidy": nothing[1:7], "polite": nothing[1:7]},
        config=trainer.lead_controller.config,
    )
    assert advantages.tolist() == [0.0, *out.advantages.tolist(), 0.0]
    trainer.state.global_step = 1
    assert not trainer.step(rows(tidiness=[None] * 8, politeness=[None] * 8)).any()
    assert trainer.lead_controller.step == 1


def test_without_a_verdict_a_response_is_left_out(make):
    trainer = trainer_of(make, OWN + OF_FUNCTIONS, "right")  # a column
    advantages = trainer.step(rows(right=[None, *RIGHT[1:]]))
    out = lead_rs.compute_advantage(
        RIGHT[1:],
        LENGTHS[1:],
        GROUPS[1:],
        rewards={"tidy": TIDY[1:], "polite": POLITE[1:]},
        config=trainer.lead_controller.config,
    )
    assert advantages.tolist() == [0.0, *out.advantages.tolist()]


def test_static_weights(make):
    trainer = trainer_of(make, OF_FUNCTIONS, None, static_weights=[2.0, -0.5])
    trainer.step(rows())
    metrics = trainer._metrics["train"]
    assert metrics["lead/reward_form/w"] == [2.0]
    assert metrics["lead/reward_polite/w"] == [-0.5]


def test_checkpoints_keep_weights_by_name(make, tmp_path):
    run = {"reward_funcs": [tidy, polite], "max_steps": 2, "save_steps": 1}
    given = rows()
    first = make(folder=tmp_path / "run", lead_config=config(OF_FUNCTIONS), rows=given, **run)
    first.train()
    checkpoint = str(tmp_path / "run" / "checkpoint-1")

    def resumed(name, rewards):
        trainer = make(folder=tmp_path / name, lead_config=config(rewards), rows=given, **run)
        trainer.train(resume_from_checkpoint=checkpoint)
        return trainer.lead_controller

    other_order = resumed("other order", OF_FUNCTIONS[::-1])
    assert other_order.rewards == ("polite", "form")
    assert other_order.weights == pytest.approx(first.lead_controller.weights[::-1], abs=1e-12)
    assert other_order.weights[0] != 0.5
    with pytest.raises(ValueError, match=r"saved with, which are form, polite; those of the sett"):
        resumed(
            "other names", [OF_FUNCTIONS[0], {**OF_FUNCTIONS[1], "name": "kind", "key": "polite"}]
        )


def get_tidy():
    def tidy(**kwargs):
        return []

    return tidy


def test_keys_and_correctness_that_are_none(make):
    unknown = [*OF_FUNCTIONS, {"name": "kind", "min": 0, "max": 1}]
    functions = r"\['tidy', 'accuracy', 'polite'\]"
    for rewards, correctness, message in (
        (unknown, None, f"keys that name reward functions {functions}, or are .* got 'kind'"),
        (OWN + OF_FUNCTIONS, None, f"must name one of the reward functions {functions}, .* None"),
        (OF_FUNCTIONS, "accuracy", "lead_correctness must be None where .* got 'accuracy'"),
    ):
        with pytest.raises(ValueError, match=message):
            trainer_of(make, rewards, correctness)
    with pytest.raises(ValueError, match=r"names of their own, got 'tidy' twice in \['tidy', 'ti"):
        make(reward_funcs=[tidy, get_tidy()], lead_config=config(OF_FUNCTIONS[:1]))


def test_an_infinite_reward(make):
    trainer = trainer_of(make, OF_FUNCTIONS, None)
    with pytest.raises(ValueError, match=r"rewards\[\"tidy\"\] must be .* got inf in row 3"):
        trainer.step(rows(tidiness=[*TIDY[:3], float("inf"), *TIDY[4:]]))
    assert trainer.lead_controller.step == 0
