"""Routing LEAD's data to LEAD's reward function without a setting."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from lead_rs.verl import hooks


def _with_deepscaler(original: hooks.AnyFunction) -> hooks.AnyFunction:
    def default_compute_score(data_source: Any, *args: Any, **kwargs: Any) -> Any:
        from lead_rs.verl import reward

        # verl's own function raises NotImplementedError for this source.
        score = reward.compute_score if data_source == reward.DATA_SOURCE else original
        return score(data_source, *args, **kwargs)

    return default_compute_score


def adapt(reward_score: ModuleType) -> list[str]:
    """Act on ``verl.utils.reward_score``."""
    return hooks.replace(reward_score, default_compute_score=_with_deepscaler)
