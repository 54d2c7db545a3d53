"""LEAD in verl's experimental trainers, which generate on other machines than they train on.

``one_step_off_policy`` is `SeparateRayPPOTrainer` with a loop of its own. ``fully_async_policy`` is
one besides that runs as a Ray actor, keeps checkpoints of its own and takes a global step in
``async_training.trigger_parameter_sync_step`` batches.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

from lead_rs.verl import global_step, hooks, legacy, run, trainer
from lead_rs.verl.settings import uses_lead


def _in_global_step(original: hooks.AnyFunction) -> hooks.AnyFunction:
    def _fit_compute_advantage(self: Any, batch: Any) -> Any:
        if not uses_lead(self.config):
            return original(self, batch)
        lead = run.of_trainer(self)
        with lead.once("advantage") as outermost:
            if not outermost:
                return original(self, batch)
            with run.under_way(run.Call(run=lead, global_step=global_step.current(self))):
                batch = original(self, batch)
        self.metrics.update(lead.take_metrics())
        return batch

    return _fit_compute_advantage


METHODS: dict[str, hooks.Decorator] = {
    **legacy.METHODS,
    "_fit_compute_advantage": _in_global_step,
}


def adapt(ray_trainer: ModuleType) -> list[str]:
    """Act on ``verl.experimental.separation.ray_trainer``; the rest is `RayPPOTrainer`'s."""
    return hooks.replace(
        hooks.class_of(ray_trainer, "SeparateRayPPOTrainer"),
        __init__=trainer.beginning(METHODS),
        _fit_compute_advantage=_in_global_step,
    )


def adapt_one_step_off(ray_trainer: ModuleType) -> list[str]:
    """Act on ``verl.experimental.one_step_off_policy.ray_trainer``."""
    return hooks.replace(
        hooks.class_of(ray_trainer, "OneStepOffRayTrainer"), __init__=trainer.beginning(METHODS)
    )


def adapt_fully_async(fully_async_trainer: ModuleType) -> list[str]:
    """Act on ``verl.experimental.fully_async_policy.fully_async_trainer``."""
    methods: dict[str, hooks.Decorator] = {
        # Inherited, but Ray has taken it into the actor's class, maybe before it was replaced.
        "_fit_compute_advantage": _in_global_step,
        "_save_checkpoint": trainer.saving,
        "load_checkpoint": trainer.restoring,
    }
    return hooks.replace(
        hooks.class_of(fully_async_trainer, "FullyAsyncTrainer"),
        __init__=trainer.beginning(methods),
        **methods,
    )
