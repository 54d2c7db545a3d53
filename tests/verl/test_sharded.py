"""The vector path over shards of a batch, against verl's padded path on all of it."""

import doctest
import importlib
import os
import tempfile

import numpy as np
import pytest

from lead_rs.verl import run

TWO_WORKERS = """
import sys
import numpy as np
import ray
import torch
from omegaconf import OmegaConf
from verl import DataProto
from verl.trainer.ppo import ray_trainer

from lead_rs.verl import run
from lead_rs.verl.sharded import advantages_of_shards, put_advantages, responses_of


@ray.remote(num_cpus=1)
class Worker:
    def responses(self, shard):
        self.shard = shard
        return responses_of(shard)

    def put(self, advantages):
        self.shard = put_advantages(self.shard, advantages)
        return self.shard.batch["advantages"].numpy(), self.shard.batch["returns"].numpy()


def batch(rng, size, width):
    # Dense rewards, so that the order of a row's sum would show; groups go across the shards.
    length = np.minimum(rng.geometric(3 / width, size), width)
    mask = torch.from_numpy((np.arange(width) < length[:, None]).astype(np.int64))
    scores = torch.from_numpy(rng.normal(0.01, 0.1, (size, width)).astype(np.float32)) * mask
    uid = rng.permutation(np.repeat(np.arange(size // 4), 4)).astype(object)
    return DataProto.from_dict(
        tensors={
            "response_mask": mask,
            "token_level_scores": scores,
            "token_level_rewards": scores.clone(),
        },
        non_tensors={"uid": uid},
    )


def algorithm():
    settings = {"adv_estimator": "lead", "lead_lstar_min": 4, "lead_bmax": 512}
    return OmegaConf.create(settings)


ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
padded, vector = algorithm(), algorithm()
rng = np.random.default_rng(int(sys.argv[1]))
workers = [Worker.remote(), Worker.remote()]
for step in range(3):
    whole = batch(rng, 96, 300)
    # A copy on each worker, as if it had made it: ragged shards, one after the other.
    shards = [whole[:40], whole[40:]]
    summaries = ray.get([w.responses.remote(s) for w, s in zip(workers, shards, strict=True)])
    shares, metrics = advantages_of_shards(summaries, vector)
    done = ray.get([w.put.remote(share) for w, share in zip(workers, shares, strict=True)])

    expected = ray_trainer.compute_advantage(whole, "lead", num_repeat=4, config=padded)
    assert np.concatenate([a for a, _ in done]).tobytes() == (
        expected.batch["advantages"].numpy().tobytes()
    )
    assert np.concatenate([r for _, r in done]).tobytes() == (
        expected.batch["returns"].numpy().tobytes()
    )
    assert metrics == run.of_algorithm(padded).take_metrics()
    states = [run.of_algorithm(a).controller for a in (padded, vector)]
    assert states[0].state_dict() == states[1].state_dict()
print("steps", states[0].step)
"""


@pytest.mark.ray
@pytest.mark.timeout(300)
def test_two_ray_workers_give_the_padded_paths_bits(warm_python, tmp_path):
    with tempfile.TemporaryDirectory(prefix="ray-", ignore_cleanup_errors=True) as ray_folder:
        environment = {**os.environ, "RAY_TMPDIR": ray_folder}
        done = warm_python.run(["-c", TWO_WORKERS, "7"], env=environment, cwd=tmp_path, timeout=280)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert "steps 3" in done.stdout


def test_bad_shards_are_named(algorithm):
    from lead_rs.verl.sharded import Responses, advantages_of_shards

    with pytest.raises(ValueError, match="shards is empty"):
        advantages_of_shards([], algorithm())
    odd = Responses(["a"], np.array([1.0, 0.0]), np.array([3, 4]))
    with pytest.raises(ValueError, match="index must have one entry per response: got 1 for 2"):
        advantages_of_shards([odd], algorithm())


def test_lengths_are_those_before_rejection(ray_trainer, data_proto):
    import torch
    from omegaconf import OmegaConf
    from verl.trainer.ppo import rollout_corr_helper

    from lead_rs.verl.sharded import responses_of

    shard = data_proto([1.0, 0.0], [9, 6], ["a", "a"])
    assert responses_of(shard).response_length.tolist() == [9, 6]
    shard.batch["old_log_probs"] = torch.zeros(2, 9)
    shard.batch["rollout_log_probs"] = torch.zeros(2, 9)
    shard.batch["rollout_log_probs"][0, 2:6] = -9.0
    rejection = OmegaConf.create({"rollout_rs": "token_k1", "rollout_rs_threshold": "0.5_2.0"})
    shard, _ = rollout_corr_helper.compute_rollout_correction_and_add_to_batch(shard, rejection)
    assert shard.batch["response_mask"].sum(-1).tolist() == [5, 6]
    assert responses_of(shard).response_length.tolist() == [9, 6]


def test_advantages_of_another_shard_are_refused(ray_trainer):
    import torch

    from lead_rs.verl.sharded import put_advantages
    from verl import DataProto

    shard = DataProto.from_dict(tensors={"response_mask": torch.ones(2, 3)})
    with pytest.raises(ValueError, match=r"got shape \[3\] for 2 responses"):
        put_advantages(shard, np.zeros(3, np.float32))


def test_advantages_are_put_on_the_tokens_to_train_on(ray_trainer):
    import torch

    from lead_rs.verl.sharded import put_advantages
    from verl import DataProto

    mask = torch.tensor([[1, 1, 0], [1, 0, 1]])
    shard = DataProto.from_dict(tensors={"response_mask": mask})
    done = put_advantages(shard, np.float32([0.5, -2])).batch
    assert done["advantages"].tolist() == done["returns"].tolist() == [[0.5, 0.5, 0], [-2, 0, -2]]


def test_batches_of_a_global_step_move_the_weights_once(algorithm, caplog):
    from lead_rs.verl.sharded import Responses, advantages_of_shards

    config = algorithm()
    for step in (7, 7, 8):
        shard = Responses(["a", "a"], np.array([1.0, 0.0]), np.array([1500, 2500]))
        _, metrics = advantages_of_shards([shard], config, global_step=step)
    assert metrics["lead/step"] == run.of_algorithm(config).controller.step == 2
    assert not caplog.records, "who shards saves the weights himself"


@pytest.mark.parametrize("name", ["sharded", "run", "preflight", "correctness", "estimator"])
def test_examples_run(ray_trainer, name):
    done = doctest.testmod(importlib.import_module(f"lead_rs.verl.{name}"))
    assert (done.failed, done.attempted > 1) == (0, True)
