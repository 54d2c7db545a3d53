"""The ablations: for each the script it varies, and what every run of it sets."""

from __future__ import annotations

from typing import NamedTuple

RATIOS = (0, 0.25, 0.5, 1, 2, 4)
"""Weight of the length reward over that of correctness."""

REWARD = "reward.custom_reward_function.reward_kwargs"

LEAD = "train_math_lead_deepseek-r1-1.5b.sh"
GRPO = "train_math_grpo_deepseek-r1-1.5b.sh"


class Ablation(NamedTuple):
    """A script, and by the name of each run its overrides."""

    script: str
    runs: dict[str, list[str]]


def _grpo_ratio(ratio: float) -> list[str]:
    """The two rewards' weights, which sum to 1; the length reward is for wrong answers too."""
    return [
        f"{REWARD}.correct_reward={1 / (1 + ratio)}",
        f"{REWARD}.length_reward={ratio / (1 + ratio)}",
        f"{REWARD}.length_mode=classic",
        f"{REWARD}.length_threshold=2000",
    ]


def _lead_static_ratio(ratio: float) -> list[str]:
    return [
        f"algorithm.lead_static_lambda_corr={1 / (1 + ratio)}",
        "algorithm.lead_bmax=4000",
        "data.max_response_length=4000",
    ]


AGGREGATORS = ("mean_correct", "min_correct", "median_correct", "mean_all")

ABLATIONS = {
    "grpo_ratio": Ablation(GRPO, {f"r{ratio:g}": _grpo_ratio(ratio) for ratio in RATIOS}),
    "lead_static_ratio": Ablation(
        LEAD, {f"r{ratio:g}": _lead_static_ratio(ratio) for ratio in RATIOS}
    ),
    "aggregator": Ablation(
        LEAD, {name: [f"algorithm.lead_aggregator={name}"] for name in AGGREGATORS}
    ),
}
