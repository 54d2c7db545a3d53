"""Which module of verl is extended by what: a new trainer of verl is one more line here."""

from __future__ import annotations

from lead_rs.verl import estimator, hooks, legacy, rollout_correction, scoring, v1

ADAPTERS = {
    "verl.trainer.ppo.core_algos": estimator.adapt,
    "verl.trainer.ppo.rollout_corr_helper": rollout_correction.adapt,
    "verl.trainer.ppo.metric_utils": legacy.adapt_metrics,
    "verl.trainer.ppo.ray_trainer": legacy.adapt,
    "verl.trainer.ppo.v1.trainer_base": v1.adapt,
    "verl.utils.reward_score": scoring.adapt,
}


def install() -> None:
    """Have each adapter act on its verl module, right after verl itself has imported that module.

    Nothing of verl is imported here: this runs in every process that imports verl, and while
    ``verl/__init__.py`` is still running.
    """
    for module, adapt in ADAPTERS.items():
        hooks.after_import(module, adapt)
