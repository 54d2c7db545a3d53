"""LEAD in verl's experimental trainers, which generate on other machines than they train on.

``one_step_off_policy`` is `SeparateRayPPOTrainer` with a loop of its own. ``fully_async_policy`` is
one besides that runs as a Ray actor, keeps checkpoints of its own and takes a global step in
``async_training.trigger_parameter_sync_step`` batches.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

from lead_rs.verl import checkpoint, estimator, global_step, hooks


def _in_global_step(original: hooks.AnyFunction) -> hooks.AnyFunction:
    def _fit_compute_advantage(self: Any, batch: Any) -> Any:
        if not estimator.uses_lead(self.config.algorithm):
            return original(self, batch)
        with estimator.batch_with(global_step=global_step.current(self)):
            batch = original(self, batch)
        self.metrics.update(estimator.take_metrics())
        return batch

    return _fit_compute_advantage


def adapt(ray_trainer: ModuleType) -> list[str]:
    """Act on ``verl.experimental.separation.ray_trainer``."""
    trainer = hooks.class_of(ray_trainer, "SeparateRayPPOTrainer")
    return hooks.replace(trainer, _fit_compute_advantage=_in_global_step)


def _with_lead_step(original: hooks.AnyFunction) -> hooks.AnyFunction:
    def _init_aggregation_rules(self: Any) -> dict[str, list[str]]:
        rules: dict[str, list[str]] = original(self)
        # The trainer logs a global step before it has added that step's last batch, and a mean over
        # batches of two steps is the number of none.
        return {**rules, "last": [*rules["last"], "lead/step"]}

    return _init_aggregation_rules


def adapt_metrics(detach_utils: ModuleType) -> list[str]:
    """Act on ``verl.experimental.fully_async_policy.detach_utils``."""
    aggregator = hooks.class_of(detach_utils, "MetricsAggregator")
    return hooks.replace(aggregator, _init_aggregation_rules=_with_lead_step)


def adapt_fully_async(fully_async_trainer: ModuleType) -> list[str]:
    """Act on ``verl.experimental.fully_async_policy.fully_async_trainer``."""
    return hooks.replace(
        hooks.class_of(fully_async_trainer, "FullyAsyncTrainer"),
        # Inherited, but Ray has taken it into the actor's class, maybe before it was replaced.
        _fit_compute_advantage=_in_global_step,
        _save_checkpoint=checkpoint.saving,
        load_checkpoint=checkpoint.restoring,
    )
