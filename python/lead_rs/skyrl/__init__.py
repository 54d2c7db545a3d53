"""LEAD in SkyRL, experimental: nobody has trained with it yet, only its numbers are tested.

SkyRL is imported by `register`, not before.
"""

from __future__ import annotations

from typing import Any

from lead_rs import LeadConfig
from lead_rs.skyrl import installed
from lead_rs.skyrl.estimator import Estimator
from lead_rs.skyrl.settings import NAME, Checkpoints, check

__all__ = ["register"]


def register(cfg: Any, lead_config: LeadConfig | None = None) -> None:
    """Make LEAD (arXiv:2605.09806) SkyRL's advantage estimator ``lead``. Experimental.

    Once, before ``validate_cfg`` and ``initialize_ray``; SkyRL takes it along to the process that
    trains. Chosen by ``trainer.algorithm.advantage_estimator=lead``; for a run of another estimator
    nothing is checked and nothing changes. There a response is right if its reward is above 0.5,
    and its length is what SkyRL's ``response_mask`` counts, a tool's tokens too. A call of the
    estimator is a global step, as SkyRL's trainers have it.

    After each step the weights are in ``lead_states/global_step_N/lead_state.json`` in the folder
    ``trainer.ckpt_path``; those of steps without a checkpoint are removed at the next step. A run
    that SkyRL resumes goes on with the weights of its checkpoint. One that has none, another
    estimator's, is warned of, and LEAD's weights are at their start.

    Args:
        cfg: SkyRL's ``SkyRLTrainConfig``, the one the run is started with.
        lead_config: LEAD's settings; default ``LeadConfig()``.

    Raises:
        ImportError: SkyRL is not installed, or lacks what is relied on.
        TypeError: a `cfg` without the settings that are read, a `lead_config` of another type.
        LeadError: a KL penalty in the rewards, step-wise trajectories, a ``ckpt_path`` that is no
            folder, rewards in `lead_config` that SkyRL doesn't have, a state to resume from that is
            damaged or has other rewards.
        ValueError: the name is registered already.

    Example:
        import sys

        import ray
        from skyrl.train.config import SkyRLTrainConfig
        from skyrl.train.entrypoints.main_base import skyrl_entrypoint
        from skyrl.train.utils import initialize_ray, validate_cfg

        cfg = SkyRLTrainConfig.from_cli_overrides(sys.argv[1:])
        lead_rs.skyrl.register(cfg, lead_rs.LeadConfig(lstar_mode="max_sym"))
        validate_cfg(cfg)
        initialize_ray(cfg)
        ray.get(skyrl_entrypoint.remote(cfg))
    """
    registry = installed.registry()
    estimator = Estimator(Checkpoints.of(cfg), lead_config)
    check(cfg, estimator.controller.config)
    registry.register(NAME, estimator)
