"""Which module of verl is extended by what: a new trainer of verl is one more line here."""

from __future__ import annotations

from lead_rs.verl import (
    driver,
    estimator,
    hooks,
    legacy,
    rollout_correction,
    scoring,
    separation,
    v1,
)

ADAPTERS = {
    "verl.trainer.ppo.core_algos": estimator.adapt,
    "verl.trainer.ppo.rollout_corr_helper": rollout_correction.adapt,
    "verl.trainer.ppo.metric_utils": legacy.adapt_metrics,
    "verl.trainer.ppo.ray_trainer": legacy.adapt,
    "verl.trainer.ppo.v1.trainer_base": v1.adapt,
    "verl.trainer.main_ppo_sync": v1.adapt,
    "verl.experimental.separation.ray_trainer": separation.adapt,
    "verl.experimental.fully_async_policy.detach_utils": separation.adapt_metrics,
    "verl.experimental.fully_async_policy.fully_async_trainer": separation.adapt_fully_async,
    "verl.trainer.constants_ppo": driver.adapt_runtime_env,
    "verl.trainer.main_ppo": driver.adapt_launcher,
    "verl.utils.reward_score": scoring.adapt,
}


def install() -> None:
    """Have each adapter act on its verl module, right after verl itself has imported that module.

    Nothing of verl is imported here: this runs in every process that imports verl, and while
    ``verl/__init__.py`` is still running.
    """
    for module, adapt in ADAPTERS.items():
        hooks.after_import(module, adapt)
