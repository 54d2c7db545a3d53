"""LEAD's numbers through the trainer's own methods; only what is generated is given."""

from __future__ import annotations

import collections
import logging

import pytest

pytest.importorskip("trl", reason="TRL is not installed: make test-trl")

import torch
from given import END, Given, parity

import lead_rs
from lead_rs.trl.columns import Taken

LENGTHS = [3, 5, 6, 9, 4, 4, 7, 2]
RIGHT = [1, 0, 1, 1, 0, 1, 0, 0]
CONFIG = lead_rs.LeadConfig(lstar_mode="max_sym", lstar_min=1, bmax=9)


def ended(length):
    return [5] * (length - 1) + [END]


def accuracy(row, **kwargs):
    return [None if right is None else float(right) for right in row]


def rows(values=RIGHT):
    return [{"prompt": "q", "row": value} for value in values]


@pytest.fixture
def given(make):
    trainer = make(cls=Given, reward_funcs=accuracy, lead_config=CONFIG)
    trainer.ids = [ended(length) for length in LENGTHS]
    return trainer


def lead(right, lengths, groups):
    return torch.tensor(lead_rs.compute_advantage(right, lengths, groups, config=CONFIG).advantages)


def test_golden(golden, make):
    """All cases whose groups are of one size above 1, which is what TRL has."""
    if any(set(collections.Counter(s["uid"]).values()) == {1} for s in golden["steps"]) or any(
        len(set(collections.Counter(s["uid"]).values())) != 1 for s in golden["steps"]
    ):
        pytest.skip("TRL has groups of one size, 2 or more")
    first = golden["steps"][0]
    trainer = make(
        cls=Given,
        reward_funcs=accuracy,
        lead_config=lead_rs.LeadConfig(**golden["config"]),
        per_device_train_batch_size=len(first["uid"]),
        num_generations=collections.Counter(first["uid"])[first["uid"][0]],
        max_completion_length=golden["T"],
        mask_truncated_completions=True,
    )
    for number, step in enumerate(golden["steps"]):
        order = sorted(range(len(step["uid"])), key=lambda row: step["uid"][row])
        # An empty response: one that was cut off, which is masked.
        lengths = [step["response_length"][row] for row in order]
        trainer.ids = [ended(length) if length else [5, 5] for length in lengths]
        trainer.state.global_step = number
        advantages = trainer.step(rows([step["correctness"][row] for row in order]))
        expected = torch.tensor([step["advantage"][row] for row in order])
        torch.testing.assert_close(advantages, expected, rtol=0, atol=1e-5)
        assert trainer.lead_controller.weights == pytest.approx(step["weights"], abs=1e-6)
        logged = {key: values[-1] for key, values in trainer._metrics["train"].items()}
        for key, value in step["metrics"].items():
            assert logged[key] == pytest.approx(value, rel=1e-6, abs=1e-6, nan_ok=True), key
        assert list(trainer._logs["advantages"])[-len(order) :] == advantages.tolist()


def test_rows_without_a_verdict_are_left_out(given):
    known = [1, 0, 1, 1]
    advantages = given.step(rows([*known, None, None, None, None]))
    assert torch.equal(advantages[:4], lead(known, LENGTHS[:4], [0] * 4))
    assert not advantages[4:].any()
    assert given.lead_controller.step == 1


def test_a_batch_without_a_verdict_is_no_step(given):
    assert not given.step(rows([None] * 8)).any()
    assert given.lead_controller.step == 0


def test_what_tools_said_does_not_count(given):
    given.said_by_tools = [[1] * (length - 1) + [0] for length in LENGTHS]
    expected = lead(RIGHT, [length - 1 for length in LENGTHS], [0] * 4 + [1] * 4)
    assert torch.equal(given.step(rows()), expected)


def test_evaluation_leaves_the_weights_alone(given):
    given.step(rows())
    before = given.lead_controller.state_dict()
    given.model.eval()
    given.step(rows())
    assert given.lead_controller.state_dict() == before


def test_correctness_among_several_functions_and_from_a_column(make):
    for options in (
        {"reward_funcs": [parity, accuracy], "lead_correctness": "accuracy"},
        {"reward_funcs": [parity], "lead_correctness": "row"},
    ):
        trainer = make(cls=Given, lead_config=CONFIG, **options)
        trainer.ids = [ended(length) for length in LENGTHS]
        assert torch.equal(trainer.step(rows()), lead(RIGHT, LENGTHS, [0] * 4 + [1] * 4))


def test_several_batches_of_an_optimizer_step_are_one_step(given):
    given.step(rows())
    given.step(rows())
    assert given.lead_controller.step == 1
    given.state.global_step = 1
    given.step(rows())
    assert given.lead_controller.step == 2


def test_no_correctness(make):
    with pytest.raises(ValueError, match=r"lead_correctness must name one of .*'parity', 'accur"):
        make(reward_funcs=[parity, accuracy])
    trainer = make(cls=Given, reward_funcs=parity, lead_correctness="verdict")
    trainer.ids = [ended(length) for length in LENGTHS]
    with pytest.raises(
        ValueError, match=r"a column of the rows \['prompt', 'row'\], got 'verdict'"
    ):
        trainer.step(rows())


def test_groups_that_are_not_whole(given):
    given.ids = given.ids[:6]
    given._calculate_rewards = lambda *args: torch.zeros(6, 1)
    batch = {"completion_mask": torch.ones(6, 3)}
    given._lead_taken = Taken(torch.zeros(6), {})
    with pytest.raises(ValueError, match="whole groups of num_generations=4, .* got 6 lengths"):
        given._lead_advantages(batch)


def test_settings_without_effect(make, caplog):
    with caplog.at_level(logging.WARNING, "lead_rs"):
        make()
    assert not [record for record in caplog.records if record.name.startswith("lead_rs")]
    with caplog.at_level(logging.WARNING, "lead_rs"):
        make(scale_rewards="none", reward_weights=[2.0], loss_type="grpo")
    said = [record.message for record in caplog.records if record.name.startswith("lead_rs")]
    assert [text.split("=")[0] for text in said] == ["scale_rewards", "reward_weights", "loss_type"]
