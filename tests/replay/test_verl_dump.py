"""verl's V1 trainer dumps its rollouts, and their replay gives what the run logged."""

import importlib.util
import json
import types
import warnings
from pathlib import Path

import numpy as np
import pytest

from lead_rs import LeadConfig
from lead_rs.replay import load_rollouts, replay

pytestmark = [
    pytest.mark.verl,
    pytest.mark.filterwarnings("ignore::UserWarning:verl"),
    pytest.mark.skipif(importlib.util.find_spec("verl") is None, reason="verl is not installed"),
]

SMALL = {"lstar_mode": "max_sym", "lstar_min": 2.0, "bmax": 16.0, "min_length": 0.0}
TOKENIZER = types.SimpleNamespace(pad_token_id=0, decode=lambda ids, **_: "not the tokens")


@pytest.fixture(params=[SMALL])
def trainer(request, monkeypatch):
    """verl's trainer without workers, on a queue that is a dict; with these settings of LEAD's."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import transfer_queue
        from verl.trainer.ppo.v1 import get_trainer_cls, trainer_base
    from omegaconf import OmegaConf

    monkeypatch.syspath_prepend(Path(__file__).parents[1] / "verl")
    from queued import Queue

    trainer = object.__new__(get_trainer_cls("sync"))
    trainer.queue = Queue()
    for name in ("kv_batch_put", "kv_batch_get"):
        monkeypatch.setattr(transfer_queue, name, getattr(trainer.queue, name))
        monkeypatch.setattr(trainer_base.tq, name, getattr(trainer.queue, name))
    algorithm = {"adv_estimator": "lead", "gamma": 1.0, "lam": 1.0, "use_kl_in_reward": False}
    algorithm |= {"kl_penalty": "kl", "rollout_correction": None}
    algorithm |= {f"lead_{name}": value for name, value in request.param.items()}
    trainer.config = OmegaConf.create(
        {"algorithm": algorithm, "actor_rollout_ref": {"rollout": {"n": 3}}}
    )
    trainer.trainer_mode, trainer.parameter_sync_step = "sync", 1
    trainer.tokenizer = TOKENIZER
    trainer._init_dump_executor()
    return trainer


def train(trainer, step, folder):
    """One step and its dump; what is logged of it. Scores are not the correctness."""
    from queued import output, put

    rng = np.random.default_rng(step)
    outputs = {}
    for prompt in range(5):
        for session in range(3):
            acc, length = float(rng.random() < 0.6), int(rng.integers(1, 20))
            key = f"{step}-{prompt}_{session}"
            extra = {"acc": acc, "format": float(rng.random() < 0.7)}
            outputs[f"{key}_1"] = output(f"{step}-{prompt}", acc - 0.7, length, **extra)
            if rng.random() < 0.3:  # a turn before the final one
                outputs[f"{key}_0"] = output(f"{step}-{prompt}", acc - 0.7, 5, acc=acc)
    trainer.global_steps, metrics = step, {}
    batch = put(trainer.queue, outputs)
    trainer._compute_advantage(batch, metrics=metrics)
    batch.reorder(list(reversed(range(len(outputs)))))  # as verl's balancing does
    trainer._log_rollout_data(batch, {}, str(folder))
    return metrics


def test_the_replay_of_a_runs_own_rollouts_is_the_run(trainer, tmp_path):
    logged = [train(trainer, step, tmp_path) for step in range(1, 6)]
    trainer._shutdown_dump_executor()
    steps = load_rollouts(tmp_path)
    replayed = replay(steps, LeadConfig(**SMALL))
    assert len({row["lead/w_corr"] for row in logged}) == 5
    for row, log in zip(replayed.metrics, logged, strict=True):
        # Sorted by uid, so sums are in another order.
        assert row == pytest.approx({name: log[name] for name in row}, abs=1e-12)


LISTED = {
    **SMALL,
    "rewards": [
        {"name": "correct", "key": "correctness", "min": 0.0, "max": 1.0, "floor": 0.3},
        {"name": "format", "key": "format", "min": 0.0, "max": 1.0},
    ],
}


@pytest.mark.parametrize("trainer", [LISTED], indirect=True)
def test_so_is_that_of_a_run_that_lists_its_rewards(trainer, tmp_path):
    logged = [train(trainer, step, tmp_path) for step in range(1, 4)]
    trainer._shutdown_dump_executor()
    config = LeadConfig(**LISTED)
    steps = load_rollouts(tmp_path, rewards=config.reward_keys)
    replayed = replay(steps, config)
    assert len({row["lead/reward_format/w"] for row in logged}) == 3
    for row, log in zip(replayed.metrics, logged, strict=True):
        assert row == pytest.approx({name: log[name] for name in row}, abs=1e-12)


ONLY_FORMAT = {**SMALL, "rewards": LISTED["rewards"][1:]}


def take_batch(trainer, step, outputs):
    """LEAD's step on a batch; what is kept of it for the dump."""
    from queued import put

    trainer.global_steps = step
    trainer._compute_advantage(put(trainer.queue, outputs), metrics={})
    return trainer._lead_run.dump.rows


@pytest.mark.parametrize("trainer", [ONLY_FORMAT], indirect=True)
def test_what_is_not_known_of_a_response_is_null(trainer, tmp_path):
    from queued import output

    outputs = {
        "a_0_0": output("a", 1.0, 5, acc=1.0, format=0.5),
        "a_1_0": output("a", 0.0, 7, acc=0.0),
    }
    assert take_batch(trainer, 1, outputs) == {
        "a_0_0": {"acc": None, "response_length": 5, "format": 0.5},
        "a_1_0": {"acc": None, "response_length": 7, "format": None},
    }


def test_for_a_dump_the_batches_of_one_global_step_are_kept(trainer):
    from queued import output

    kept = []
    for step, uid in ((1, "a"), (1, "b"), (2, "c")):
        outputs = {f"{uid}_{row}_0": output(uid, float(row), 5 + row) for row in range(2)}
        kept.append(sorted({key[0] for key in take_batch(trainer, step, outputs)}))
    assert kept == [["a"], ["a", "b"], ["c"]]


def test_of_a_batch_that_is_trained_on_nothing_nothing_is_dumped(trainer):
    from queued import output

    outputs = {f"a_{row}_0": output("a", float(row), 5) for row in range(2)}
    assert len(take_batch(trainer, 1, outputs)) == 2
    assert take_batch(trainer, 2, {"b_0_0": output("b", 1.0, 1)}) == {}


def test_the_dumps_of_other_estimators_are_left_as_they_are(trainer, tmp_path):
    trainer.config.algorithm.adv_estimator, trainer.global_steps = "grpo", 1
    trainer._dump_generations(
        inputs=["a"], outputs=["b"], gts=["c"], scores=[1.0],
        reward_extra_infos_dict={"uid": ["a_0_0"]}, dump_path=str(tmp_path),
    )  # fmt: skip
    trainer._shutdown_dump_executor()
    row = json.loads((tmp_path / "1.jsonl").read_text())
    assert set(row) == {"input", "output", "gts", "score", "step", "uid"}
    assert not hasattr(trainer, "_lead_run")


def test_what_the_reward_function_gave_is_dumped_as_it_gave_it(trainer, tmp_path):
    """verl dumps every key that the reward function returned; LEAD adds those it did not."""
    train(trainer, 1, tmp_path / "rollouts")
    key = next(iter(trainer._lead_run.dump.rows))
    trainer._dump_generations(
        inputs=["a"], outputs=["b"], gts=["c"], scores=[1.0],
        reward_extra_infos_dict={"uid": [key], "acc": [0.25]}, dump_path=str(tmp_path / "again"),
    )  # fmt: skip
    trainer._shutdown_dump_executor()
    row = json.loads((tmp_path / "again/1.jsonl").read_text())
    assert row["acc"] == 0.25
    assert row["response_length"] == trainer._lead_run.dump.rows[key]["response_length"]


def test_other_dumps_are_left_as_they_are(trainer, tmp_path):
    train(trainer, 1, tmp_path / "rollouts")
    trainer._dump_generations(
        inputs=["a"], outputs=["b"], gts=["c"], scores=[1.0],
        reward_extra_infos_dict={"uid": ["another_0_0"]}, dump_path=str(tmp_path / "validation"),
    )  # fmt: skip
    trainer._shutdown_dump_executor()
    row = json.loads((tmp_path / "validation/1.jsonl").read_text())
    assert set(row) == {"input", "output", "gts", "score", "step", "uid"}
    rows = [json.loads(x) for x in (tmp_path / "rollouts/1.jsonl").read_text().splitlines()]
    finals = [row for row in rows if row["uid"].endswith("_1")]
    assert {type(row["response_length"]) for row in finals} == {int}
    assert {row["acc"] for row in finals} == {0.0, 1.0}
    others = [row for row in rows if row["uid"].endswith("_0")]
    assert {(row["acc"], row["response_length"]) for row in others} == {(None, None)}
