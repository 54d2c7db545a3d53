"""Keeping the rollout's own response mask where verl's rollout correction overwrites it."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from lead_rs.verl import estimator, hooks

# On the DataProto object itself: verl sends its `batch` and `non_tensor_batch` to the workers, and
# this mask is of no use there.
_ATTRIBUTE = "_lead_response_mask"


def original_mask(data: Any) -> Any:
    """The [B, T] mask that rollout correction has replaced in this DataProto; None if it hasn't."""
    return getattr(data, _ATTRIBUTE, None)


def _keep_mask(original: hooks.AnyFunction) -> hooks.AnyFunction:
    def compute_rollout_correction_and_add_to_batch(
        batch: Any, *args: Any, **kwargs: Any
    ) -> tuple[Any, dict[str, Any]]:
        mask = batch.batch["response_mask"]
        corrected, metrics = original(batch, *args, **kwargs)
        if estimator.in_use():
            setattr(corrected, _ATTRIBUTE, mask)
        return corrected, metrics

    return compute_rollout_correction_and_add_to_batch


def adapt(rollout_corr_helper: ModuleType) -> list[str]:
    """Act on ``verl.trainer.ppo.rollout_corr_helper``."""
    return hooks.replace(
        rollout_corr_helper, compute_rollout_correction_and_add_to_batch=_keep_mask
    )
