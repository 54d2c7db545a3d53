"""LEAD in verl's ``RayPPOTrainer``: the trainer of 0.7 and 0.8, the legacy one of 0.9."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from lead_rs.verl import checkpoint, estimator, hooks, rollout_correction


def _with_scores(original: hooks.AnyFunction) -> hooks.AnyFunction:
    def compute_advantage(data: Any, adv_estimator: Any, *args: Any, **kwargs: Any) -> Any:
        if adv_estimator != estimator.NAME:
            return original(data, adv_estimator, *args, **kwargs)
        known = {
            "token_level_scores": data.batch.get("token_level_scores", None),
            "response_mask": rollout_correction.original_mask(data),
        }
        if "acc" in data.non_tensor_batch:
            known["acc"] = data.non_tensor_batch["acc"]
        with estimator.batch_with(**known):
            return original(data, adv_estimator, *args, **kwargs)

    return compute_advantage


def _with_lead_metrics(original: hooks.AnyFunction) -> hooks.AnyFunction:
    def compute_data_metrics(*args: Any, **kwargs: Any) -> dict[str, Any]:
        metrics: dict[str, Any] = original(*args, **kwargs)
        metrics.update(estimator.take_metrics())
        return metrics

    return compute_data_metrics


def adapt_metrics(metric_utils: ModuleType) -> list[str]:
    """Act on ``verl.trainer.ppo.metric_utils``: what it returns is merged into the step's log."""
    return hooks.replace(metric_utils, compute_data_metrics=_with_lead_metrics)


def adapt(ray_trainer: ModuleType) -> list[str]:
    """Act on ``verl.trainer.ppo.ray_trainer``."""
    trainer = hooks.class_of(ray_trainer, "RayPPOTrainer")
    return hooks.replace(ray_trainer, compute_advantage=_with_scores) + hooks.replace(
        trainer, _save_checkpoint=checkpoint.saving, _load_checkpoint=checkpoint.restoring
    )
