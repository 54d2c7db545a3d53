"""The models that the demo trains, each on problems of its own."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path

from lead_rs.demo.smollm2 import task as smollm2
from lead_rs.demo.tiny import task as tiny

GROUP = 8
"""Responses to each problem of a step."""


@dataclasses.dataclass(frozen=True)
class Task:
    """A model, and how it is trained.

    Attributes:
        name: what ``--model`` calls it.
        warm_start: the module with the problems, and the model that a run begins with.
        shares_start: whether all seeds begin with the same model.
        response_tokens: the longest response.
        prompts: problems of a step.
        steps: the last step, unless asked for otherwise.
        out: the folder of its runs, likewise.
        disk: bytes that a first run writes, at most.
        settings: its own overrides of verl's.
    """

    name: str
    warm_start: str
    shares_start: bool
    response_tokens: int
    prompts: int
    steps: int
    out: Path
    disk: int
    settings: Mapping[str, object]

    @property
    def lengths(self) -> dict[str, int]:
        """LEAD's settings of length: the paper's are thousands of tokens, these are tens."""
        return {"lead_bmax": self.response_tokens, "lead_lstar_min": 4, "lead_min_length": 0}

    def start_folder(self, seed_folder: Path) -> Path:
        """What the runs of a seed begin with: ``model``, train.parquet, held_out.parquet."""
        return seed_folder.parent / "start" if self.shares_start else seed_folder


TINY = Task(
    name="tiny",
    warm_start="lead_rs.demo.tiny.warm_start",
    shares_start=False,
    response_tokens=tiny.RESPONSE_TOKENS,
    prompts=32,
    steps=40,
    out=Path("outputs/cpu"),
    disk=200 * 2**20,
    settings={
        "data.max_prompt_length": 32,
        "actor_rollout_ref.actor.optim.lr": 2e-4,
        "actor_rollout_ref.actor.ppo_micro_batch_size_per_gpu": 64,
        "actor_rollout_ref.rollout.log_prob_micro_batch_size_per_gpu": 64,
        "actor_rollout_ref.rollout.val_kwargs.n": 4,
    },
)

SMOLLM2 = Task(
    name="smollm2",
    warm_start="lead_rs.demo.smollm2.warm_start",
    shares_start=True,
    response_tokens=smollm2.RESPONSE_TOKENS,
    prompts=16,
    steps=20,
    out=Path("outputs/smollm2"),
    disk=7 * 2**30,
    settings={
        "data.max_prompt_length": 26,
        "actor_rollout_ref.actor.optim.lr": 1e-5,
        "actor_rollout_ref.actor.entropy_coeff": 0.03,
        "actor_rollout_ref.actor.ppo_micro_batch_size_per_gpu": 16,
        "actor_rollout_ref.rollout.log_prob_micro_batch_size_per_gpu": 16,
        "actor_rollout_ref.rollout.val_kwargs.n": 2,
        "trainer.test_freq": 20,
        # What makes a step three times as fast on a CPU: bfloat16 (the weights stay float32), the
        # plain attention, and the rollout's own log-probs, of which there is one update.
        "actor_rollout_ref.rollout.dtype": "bfloat16",
        "+actor_rollout_ref.actor.fsdp_config.mixed_precision": (
            "{param_dtype:bf16,reduce_dtype:fp32,buffer_dtype:fp32}"
        ),
        "+actor_rollout_ref.model.override_config.attn_implementation": "eager",
        "algorithm.rollout_correction.bypass_mode": True,
        "actor_rollout_ref.actor.calculate_entropy": True,
        # Its weights go through Ray's memory, and a checkpoint is 1.8 GB.
        "+ray_kwargs.ray_init.object_store_memory": 2**30,
        "trainer.max_actor_ckpt_to_keep": 2,
    },
)

TASKS = {task.name: task for task in (TINY, SMOLLM2)}
