"""Batches for verl's experimental trainers, and what these have before an advantage is computed."""

from __future__ import annotations

import numpy as np
from verl_versions import ALGORITHM

import lead_rs
from lead_rs.verl import run

SMALL = {"lead_lstar_min": 2, "lead_bmax": 16, "lead_min_length": 0, "lead_beta": 0.75}


def rows_of(number):
    """The responses of the run's batch of this number: correctness, lengths, uids."""
    correct = [(1, 1, 0, 1), (0, 1, 0, 0), (1, 1, 1, 0), (0, 0, 0, 1), (1, 0, 1, 0)][number % 5]
    lengths = [2 + (3 * number + 5 * row) % 14 for row in range(4)]
    return [float(c) for c in correct], lengths, ["p", "p", "q", "q"]


def scored(data_proto, number, penalty=0.0):
    """A batch as the rollouter hands it over: scored, with what the reward function returned."""
    correct, lengths, uids = rows_of(number)
    data = data_proto([c - penalty for c in correct], lengths, uids, acc=np.array(correct))
    data.batch["rm_scores"] = data.batch.pop("token_level_scores")
    data.batch.pop("token_level_rewards")
    data.meta_info["reward_extra_keys"] = ["acc"]
    return data


def controller_of(trainer):
    return run.of_trainer(trainer).controller


def output_of(number, **kwargs):
    return lead_rs.compute_advantage(*rows_of(number), **kwargs)


def ready(trainer):
    """Give a bare trainer what its loop has before an advantage is computed."""
    trainer.config.merge_with(
        {
            "algorithm": {
                **ALGORITHM,
                **SMALL,
                "adv_estimator": trainer.config.algorithm.adv_estimator,
            },
            "actor_rollout_ref": {"rollout": {"n": 2}},
        }
    )
    trainer.use_rm = trainer.use_reference_policy = False
    trainer.metrics, trainer.timing_raw = {}, {}
    return trainer
