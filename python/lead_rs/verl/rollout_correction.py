"""The rollout's own lengths, where verl's rollout correction takes tokens out of the mask."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt

from lead_rs.verl import hooks

# A column of the batch, so that it stays with its rows whatever is done to them, until
# `compute_advantage` has read it.
_KEY = "lead_response_length"


def original_length(data: Any) -> npt.NDArray[np.int64] | None:
    """[B] tokens before rollout correction has rejected any; None if it hasn't."""
    length: npt.NDArray[np.int64] | None = data.non_tensor_batch.get(_KEY)
    return length


def forget(data: Any) -> None:
    """Take the lengths out of a DataProto again."""
    data.non_tensor_batch.pop(_KEY, None)


def _keep_length(original: hooks.AnyFunction) -> hooks.AnyFunction:
    def compute_rollout_correction_and_add_to_batch(
        batch: Any, *args: Any, **kwargs: Any
    ) -> tuple[Any, dict[str, Any]]:
        length = batch.batch["response_mask"].sum(-1).cpu().numpy().astype(np.int64)
        corrected, metrics = original(batch, *args, **kwargs)
        corrected.non_tensor_batch[_KEY] = length
        return corrected, metrics

    return compute_rollout_correction_and_add_to_batch


def adapt(rollout_corr_helper: ModuleType) -> list[str]:
    """Act on ``verl.trainer.ppo.rollout_corr_helper``."""
    return hooks.replace(
        rollout_corr_helper, compute_rollout_correction_and_add_to_batch=_keep_length
    )
