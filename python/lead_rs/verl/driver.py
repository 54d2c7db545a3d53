"""What the driver has to do before it starts any other process.

It is where wrong settings cost nothing yet. And LEAD must be in the processes that it starts: verl
0.9 needs nothing for that, each process loads the plug-ins of its own environment. 0.7 and 0.8 load
what ``VERL_USE_EXTERNAL_MODULES`` names, and pickle what the driver's main module defines.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from lead_rs.installed_verl import MODULE, MODULES_VARIABLE, named_modules
from lead_rs.verl import hooks, preflight, v1

_logger = logging.getLogger(__name__)

SYNC_TRAINER = "verl.trainer.main_ppo_sync"


def _passing_on(original: hooks.AnyFunction) -> hooks.AnyFunction:
    def get_ppo_ray_runtime_env(*args: Any, **kwargs: Any) -> dict[str, Any]:
        runtime_env: dict[str, Any] = original(*args, **kwargs)
        modules = os.environ.get(MODULES_VARIABLE, "")
        of_job = _variables_of_ray_job().get(MODULES_VARIABLE)
        if of_job is None:
            variables = {MODULES_VARIABLE: modules, **runtime_env["env_vars"]}
            return {**runtime_env, "env_vars": variables}
        # Ray refuses to start where driver and job both set a variable.
        if MODULE not in of_job.split(","):
            _logger.warning(
                "the Ray job's runtime_env has %s=%s: algorithm.adv_estimator=lead won't work "
                "unless that names %s too",
                MODULES_VARIABLE,
                of_job,
                MODULE,
            )
        return runtime_env

    return get_ppo_ray_runtime_env


def _variables_of_ray_job() -> dict[str, str]:
    """What ``ray job submit --runtime-env-json`` sets in every process of the job."""
    from ray._private.runtime_env.constants import RAY_JOB_CONFIG_JSON_ENV_VAR

    job = json.loads(os.environ.get(RAY_JOB_CONFIG_JSON_ENV_VAR, "{}"))
    variables: dict[str, str] = (job.get("runtime_env") or {}).get("env_vars") or {}
    return variables


def adapt_runtime_env(constants_ppo: ModuleType) -> list[str]:
    """Act on ``verl.trainer.constants_ppo``: a cluster that is running has not our environment."""
    if MODULE not in named_modules():
        return []  # this verl has found LEAD by itself
    return hooks.replace(constants_ppo, get_ppo_ray_runtime_env=_passing_on)


def _adapting_main(original: hooks.AnyFunction) -> hooks.AnyFunction:
    def run_ppo(*args: Any, **kwargs: Any) -> Any:
        # Its trainer is in no module that others could import: Ray pickles the class itself.
        hooks.act_on(
            sys.modules["__main__"], hooks.Adapter("__main__", v1.adapt_sync, SYNC_TRAINER)
        )
        return original(*args, **kwargs)

    return run_ppo


def adapt_launcher(main_ppo: ModuleType) -> list[str]:
    """Act on ``verl.trainer.main_ppo``, for ``python -m verl.trainer.main_ppo_sync`` of 0.8."""
    spec = getattr(sys.modules["__main__"], "__spec__", None)
    if spec is None or spec.name != SYNC_TRAINER:
        return []
    return hooks.replace(main_ppo, run_ppo=_adapting_main)


def _checking(original: hooks.AnyFunction) -> hooks.AnyFunction:
    def auto_set_device(config: Any) -> Any:
        done = original(config)
        preflight.check(config, folders=_starts_ray_here(config))
        return done

    return auto_set_device


def _starts_ray_here(config: Any) -> bool:
    """Whether the processes of the run will see this machine's folders; as Ray itself finds out."""
    from omegaconf import OmegaConf

    address = OmegaConf.select(config, "ray_kwargs.ray_init.address")
    address = address or os.environ.get("RAY_ADDRESS")
    started = Path(os.environ.get("RAY_TMPDIR", "/tmp"), "ray", "ray_current_cluster")
    return address == "local" or (not address and not started.exists())


def adapt_start(device: ModuleType) -> list[str]:
    """Act on ``verl.utils.device``: what each of verl's programs calls first."""
    return hooks.replace(device, auto_set_device=_checking)
