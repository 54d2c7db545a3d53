"""Which module of verl is extended by what: a new trainer of verl is one more entry here."""

from __future__ import annotations

from lead_rs.verl import (
    algo_config,
    driver,
    estimator,
    legacy,
    metrics,
    reward_routing,
    rollout_correction,
    separation,
    v1,
)
from lead_rs.verl.hooks import Adapter, after_import

LEGACY = "verl.trainer.ppo.ray_trainer.RayPPOTrainer"
V1 = "verl.trainer.ppo.v1.trainer_base.PPOTrainer"
SEPARATE_ASYNC = "verl.trainer.ppo.v1.trainer_separate_async.PPOTrainerSeparateAsync"
MAIN_PPO_SYNC = "verl.trainer.main_ppo_sync.PPOTrainer"
SEPARATION = "verl.experimental.separation.ray_trainer.SeparateRayPPOTrainer"
ONE_STEP_OFF = "verl.experimental.one_step_off_policy.ray_trainer.OneStepOffRayTrainer"
FULLY_ASYNC = "verl.experimental.fully_async_policy.fully_async_trainer.FullyAsyncTrainer"

ADAPTERS = (
    Adapter("verl.trainer.ppo.core_algos", estimator.register),
    Adapter("verl.trainer.ppo.ray_trainer", estimator.adapt),
    Adapter("verl.trainer.ppo.rollout_corr_helper", rollout_correction.adapt),
    Adapter("verl.trainer.ppo.ray_trainer", legacy.adapt, trainer=LEGACY),
    Adapter("verl.trainer.ppo.metric_utils", legacy.adapt_metrics, trainer=LEGACY),
    Adapter("verl.trainer.ppo.v1.trainer_base", v1.adapt, trainer=V1),
    Adapter("verl.trainer.ppo.v1.utils", metrics.adapt, trainer=SEPARATE_ASYNC),
    Adapter("verl.trainer.main_ppo_sync", v1.adapt_sync, trainer=MAIN_PPO_SYNC),
    Adapter("verl.experimental.separation.ray_trainer", separation.adapt, trainer=SEPARATION),
    Adapter(
        "verl.experimental.one_step_off_policy.ray_trainer",
        separation.adapt_one_step_off,
        trainer=ONE_STEP_OFF,
    ),
    Adapter(
        "verl.experimental.fully_async_policy.fully_async_trainer",
        separation.adapt_fully_async,
        trainer=FULLY_ASYNC,
    ),
    Adapter(
        "verl.experimental.fully_async_policy.detach_utils", metrics.adapt, trainer=FULLY_ASYNC
    ),
    Adapter(
        "verl.trainer.constants_ppo",
        driver.adapt_runtime_env,
        without="LEAD on a Ray cluster that was running before, with verl before 0.9",
    ),
    Adapter(
        "verl.trainer.main_ppo", driver.adapt_launcher, without="LEAD in verl 0.8's main_ppo_sync"
    ),
    Adapter(
        "verl.utils.device",
        driver.adapt_start,
        without="refusing wrong settings before Ray is started",
    ),
    Adapter(
        "verl.trainer.config.algorithm",
        algo_config.adapt,
        without="turning config.algorithm into verl's AlgoConfig",
    ),
    Adapter(
        "verl.utils.reward_score",
        reward_routing.adapt,
        without="LEAD's reward for data_source=deepscaler",
    ),
    Adapter(
        "verl.experimental.reward_loop.reward_loop",
        reward_routing.adapt_worker,
        without="length reward by tokens: it goes by the characters / 4",
    ),
)


def install() -> None:
    """Have each adapter act on its verl module, right after verl itself has imported that module.

    Nothing of verl is imported here: this runs in every process that imports verl, and while
    ``verl/__init__.py`` is still running.
    """
    for adapter in ADAPTERS:
        after_import(adapter)
