"""The paper's runs: what makes each of them, beside what `launch` gives to all."""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Callable

from lead_rs.recipes.verl_config import CannotRun


@dataclasses.dataclass(frozen=True)
class Recipe:
    """A run.

    Attributes:
        name: of the run's folder.
        experiment: its name in the loggers.
        model: a folder, or a model of the hub.
        gpus: how many a node has.
        gpu_memory: GiB that each must have.
        checkpoint_size: GB of one checkpoint.
        overrides: of verl's configuration; they win over what all runs have.
        tensor_parallel: GPUs that share one vLLM.
        filter_groups: whether groups whose rewards are all equal are replaced by others.
    """

    name: str
    experiment: str
    model: str
    gpus: int
    gpu_memory: int
    checkpoint_size: int
    overrides: tuple[str, ...]
    tensor_parallel: int = 1
    filter_groups: bool = False

    def with_overrides(self, *overrides: str, **changes: object) -> Recipe:
        """The same with further overrides, which win, and with other attributes."""
        return dataclasses.replace(
            self,
            overrides=(*self.overrides, *overrides),
            **changes,  # type: ignore[arg-type]
        )


REWARD = "reward.custom_reward_function.reward_kwargs"

# Sized for 4 GPUs of 44 GB (L40S) or 48 GB (A6000); 7 epochs of 66 steps.
LEAD = Recipe(
    name="math_lead_4k_deepseek-r1-1.5b",
    experiment="deepseek-r1-1.5B-math-LEAD",
    model="deepseek-ai/DeepSeek-R1-Distill-Qwen-1.5B",
    gpus=4,
    gpu_memory=44,
    checkpoint_size=22,
    overrides=(
        "algorithm.adv_estimator=lead",
        "algorithm.lead_alpha=1.0",
        "algorithm.lead_beta=0.95",
        "algorithm.lead_epsilon=1e-8",
        "algorithm.lead_bmax=8000",
        "algorithm.lead_lambda_min=0.3",
        "algorithm.lead_lstar_mode=max_sym",
        "algorithm.lead_aggregator=mean_correct",
        f"+{REWARD}.correct_reward=1",
        f"+{REWARD}.length_reward=0",
        f"+{REWARD}.length_mode=classic",
        "data.max_response_length=8000",
        "actor_rollout_ref.actor.optim.lr=2e-6",
        "trainer.project_name=MATH_LEAD",
    ),
)

# Sized for 8 A6000 of 48 GB. The weights and the optimizer move to the CPU during rollouts, where
# they take 92 GB.
LEAD_7B = LEAD.with_overrides(
    "actor_rollout_ref.actor.fsdp_config.param_offload=True",
    "actor_rollout_ref.actor.fsdp_config.optimizer_offload=True",
    name="math_lead_4k_deepseek-r1-7b",
    experiment="deepseek-r1-7B-math-LEAD",
    model="deepseek-ai/DeepSeek-R1-Distill-Qwen-7B",
    gpus=8,
    tensor_parallel=2,
    checkpoint_size=92,
)

GRPO = Recipe(
    name="math_grpo_deepseek-r1-1.5b",
    experiment="deepseek-r1-1.5B-math-GRPO",
    model=LEAD.model,
    gpus=4,
    gpu_memory=44,
    checkpoint_size=22,
    filter_groups=True,
    overrides=(
        "algorithm.adv_estimator=grpo",
        f"+{REWARD}.correct_reward=1",
        f"+{REWARD}.length_reward=1",
        f"+{REWARD}.length_mode=conditioned",
        f"+{REWARD}.length_threshold=2000",
        "data.max_response_length=2000",
        "actor_rollout_ref.actor.optim.lr=1e-6",
        "actor_rollout_ref.actor.clip_ratio_low=0.2",
        "actor_rollout_ref.actor.clip_ratio_high=0.28",
        "trainer.project_name=MATH_GRPO",
        "trainer.save_freq=20",
    ),
)

# What LEAD's ablations have in common, and the paper's run has otherwise: 4,000 tokens, half of the
# learning rate, GRPO's clipping, and groups without a signal replaced by others.
_LEAD_4000 = LEAD.with_overrides(
    "data.max_response_length=4000",
    "actor_rollout_ref.actor.optim.lr=1e-6",
    "actor_rollout_ref.actor.clip_ratio_low=0.2",
    "actor_rollout_ref.actor.clip_ratio_high=0.28",
    filter_groups=True,
)


def grpo_ratio() -> Recipe:
    """GRPO with a length reward that weighs RATIO times what correctness does."""
    correct, length, tag = _ratio()
    return GRPO.with_overrides(
        f"{REWARD}.correct_reward={correct:.6f}",
        f"{REWARD}.length_reward={length:.6f}",
        f"{REWARD}.length_mode=classic",
        "data.max_response_length=4000",
        "trainer.save_freq=50",
        name=f"math_grpo_ratio{tag}_deepseek-r1-1.5b",
        experiment=f"GRPO-math-ratio{tag}",
    )


def lead_static_ratio() -> Recipe:
    """LEAD whose efficiency reward weighs RATIO times what correctness does, at every step."""
    correct, _, tag = _ratio()
    return _LEAD_4000.with_overrides(
        f"algorithm.lead_static_lambda_corr={correct:.6f}",
        "algorithm.lead_bmax=4000",
        name=f"math_lead_static_ratio{tag}_deepseek-r1-1.5b",
        experiment=f"LEAD-static-ratio{tag}",
    )


def aggregator() -> Recipe:
    """LEAD in which AGG makes the lengths of a group its target."""
    name = os.environ.get("AGG") or "mean_correct"
    return _LEAD_4000.with_overrides(
        f"algorithm.lead_aggregator={name}",
        name=f"math_lead_agg_{name}_deepseek-r1-1.5b",
        experiment=f"LEAD-agg-{name}",
    )


def _ratio() -> tuple[float, float, str]:
    """The two rewards' weights for RATIO, and the ratio in a folder's name.

    They sum to 1, so that the reward's size beside the KL loss stays the same. The name is without
    its dot: with two digits before it, 10 and 1.0 would share a folder.
    """
    text = os.environ.get("RATIO") or "1.0"
    if not re.fullmatch(r"[0-9](\.[0-9]+)?", text):
        raise CannotRun(f"RATIO must be a number from 0 to below 10, as 0.25, got {text!r}")
    ratio = float(text)
    return 1 / (1 + ratio), ratio / (1 + ratio), text.replace(".", "")


@dataclasses.dataclass(frozen=True)
class Entry:
    """A recipe of the command line: what it is, and how it is made of the environment."""

    sentence: str
    make: Callable[[], Recipe]


RECIPES = {
    "math_lead_deepseek-r1-1.5b": Entry("LEAD, the paper's run: Table 1, 4K", lambda: LEAD),
    "math_lead_deepseek-r1-7b": Entry("the same on the 7B model", lambda: LEAD_7B),
    "math_grpo_deepseek-r1-1.5b": Entry("GRPO, Table 1's baseline", lambda: GRPO),
    "grpo_ratio": Entry("a run of Table 2, GRPO: RATIO=0.5", grpo_ratio),
    "lead_static_ratio": Entry("a run of Table 2, LEAD: RATIO=0.5", lead_static_ratio),
    "aggregator": Entry("a run of Table 3: AGG=min_correct", aggregator),
}
