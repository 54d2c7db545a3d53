"""LEAD in verl's ``RayPPOTrainer``: the trainer of 0.7 and 0.8, the legacy one of 0.9."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from lead_rs.verl import hooks, run, trainer
from lead_rs.verl.settings import uses_lead


@contextlib.contextmanager
def _training(trainer: Any) -> Iterator[None]:
    """What is computed in the trainer's loop is of its run, whatever is passed to it."""
    if not uses_lead(trainer.config):
        yield
        return
    with run.under_way(run.Call(run.of_trainer(trainer))):
        yield


METHODS: dict[str, hooks.Decorator] = {
    "init_workers": trainer.checking,
    "fit": hooks.within(_training),
    "_save_checkpoint": trainer.saving,
    "_load_checkpoint": trainer.restoring,
}


def adapt(ray_trainer: ModuleType) -> list[str]:
    """Act on ``verl.trainer.ppo.ray_trainer``."""
    return hooks.replace(
        hooks.class_of(ray_trainer, "RayPPOTrainer"),
        __init__=trainer.beginning(METHODS),
        **METHODS,
    )


def _with_lead_metrics(original: hooks.AnyFunction) -> hooks.AnyFunction:
    def compute_data_metrics(batch: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        metrics: dict[str, Any] = original(batch, *args, **kwargs)
        lead = run.of_batch(batch)
        return metrics if lead is None else {**metrics, **lead.take_metrics()}

    return compute_data_metrics


def adapt_metrics(metric_utils: ModuleType) -> list[str]:
    """Act on ``verl.trainer.ppo.metric_utils``: what it returns is merged into the step's log."""
    return hooks.replace(metric_utils, compute_data_metrics=_with_lead_metrics)
