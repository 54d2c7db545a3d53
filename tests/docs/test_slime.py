"""The hook for slime in the documentation, on objects of the shape of slime's."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest
from test_docs import BLOCK, ROOT

import lead_rs

CONFIG = lead_rs.LeadConfig(lstar_mode="max_sym")
RIGHT = [1.0, 0.0, 1.0, 1.0]
LENGTHS = [900, 2600, 1500, 1200]
GROUPS = [0, 0, 1, 1]


def begun():
    """The hook, as in a process that has just started."""
    blocks = BLOCK.findall((ROOT / "docs" / "trainers.md").read_text())
    [block] = [block for block in blocks if "def lead(args, samples)" in block]
    names: dict[str, object] = {}
    exec(block, names)
    return names["lead"]


@pytest.fixture
def args(tmp_path):
    """slime's, of a run that has no checkpoint yet."""
    return SimpleNamespace(
        save=str(tmp_path),
        load="base_model",
        start_rollout_id=0,
        reward_key=None,
        n_samples_per_prompt=2,
        rollout_batch_size=2,
    )


def sample(index, group, reward, length, **other):
    given = {"rollout_id": None, "loss_mask": None, "status": "completed", **other}
    return SimpleNamespace(
        index=index, group_index=group, reward=reward, response_length=length, **given
    )


def samples():
    rows = zip(GROUPS, RIGHT, LENGTHS, strict=True)
    return [sample(index, *row) for index, row in enumerate(rows)]


def expected(steps=1):
    controller = lead_rs.WeightController(CONFIG)
    for _ in range(steps):
        out = lead_rs.compute_advantage(RIGHT, LENGTHS, GROUPS, controller=controller)
    return out.advantages.tolist(), controller.state_dict()


def test_advantages_and_state(args, tmp_path):
    lead = begun()
    for step in (1, 2, 3):
        advantages, state = expected(step)
        assert lead(args, samples()) == (RIGHT, advantages)
        assert json.loads((tmp_path / f"lead_{step - 1}.json").read_text()) == state


def test_resumed(args, tmp_path):
    lead = begun()
    for _ in range(3):
        lead(args, samples())
    (tmp_path / "latest_checkpointed_iteration.txt").write_text("1\n")
    args.load, args.start_rollout_id = args.save, None
    lead = begun()
    for step in (3, 4):
        assert lead(args, samples())[1] == expected(step)[0]
        state = json.loads((tmp_path / f"lead_{step - 1}.json").read_text())
        assert state == expected(step)[1]


def test_a_checkpoint_of_another_estimator(args, tmp_path):
    (tmp_path / "latest_checkpointed_iteration.txt").write_text("5")
    args.load, args.start_rollout_id = args.save, None
    with pytest.raises(FileNotFoundError, match="lead_5.json"):
        begun()(args, samples())


def test_parts_of_a_rollout_are_one_response(args):
    parts = [sample(9, 0, 1.0, 500, rollout_id=0), *samples()]
    parts[1].response_length = 400
    raw, advantages = begun()(args, parts)
    assert raw == [1.0, *RIGHT]
    assert advantages == [expected()[0][0], *expected()[0]]


def test_what_the_policy_did_not_say_and_one_of_several_rewards(args):
    given = samples()
    given[2].response_length, given[2].loss_mask = 1700, [1] * 700 + [0] * 200 + [1] * 800
    for each in given:
        each.reward = {"right": each.reward, "style": 0.3}
    args.reward_key = "right"
    assert begun()(args, given) == (RIGHT, expected()[0])
