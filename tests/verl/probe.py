"""What a program of verl's has of LEAD in the Ray actor that runs it: written to $LEAD_PROBE.

verl loads this module in every process of the run, and it acts in that actor alone, once the
actor has its configuration and before there are workers, models or data.
"""

import json
import os
import sys
from pathlib import Path

from omegaconf import OmegaConf

METHODS = [
    "_compute_advantage", "_dump_generations", "_fit_compute_advantage", "_load_checkpoint",
    "_save_checkpoint", "load_checkpoint",
]  # fmt: skip
RUNS = {"run", "_initialize_components"}
resolve = OmegaConf.resolve


def resolved(config):
    resolve(config)
    caller = sys._getframe(1)
    if caller.f_code.co_name in RUNS:
        Path(os.environ["LEAD_PROBE"]).write_text(json.dumps(report(config, caller)))
        raise RuntimeError("probed")


def report(config, caller):
    from verl.trainer.ppo.core_algos import ADV_ESTIMATOR_REGISTRY

    import verl
    from lead_rs.verl import hooks

    trainer_class = class_of_trainer({**caller.f_globals, **caller.f_locals})
    return {
        "verl": verl.__version__,
        "estimator": "lead" in ADV_ESTIMATOR_REGISTRY,
        "failures": list(map(str, hooks.failures.values())),
        "trainer": getattr(trainer_class, "__ray_actor_class__", trainer_class).__name__,
        **has_loaded(trainer_class, config),
    }


def class_of_trainer(names):
    """The class that the program is about to use: in its names, or imported as that of 0.7."""
    for name in ("trainer_cls", "PPOTrainer", "FullyAsyncTrainer"):
        if name in names:
            return names[name]
    from verl.trainer.ppo.ray_trainer import RayPPOTrainer

    return RayPPOTrainer


def has_loaded(trainer_class, config):
    """What a trainer has of LEAD that has just loaded its checkpoint, in that trainer's process."""
    if not hasattr(trainer_class, "remote"):
        trainer = object.__new__(trainer_class)
        trainer.config = config
        # As `fit` does before.
        trainer.global_steps = 0
        trainer._load_checkpoint()
        return state_of(trainer)

    import ray

    actor = trainer_class.options(num_cpus=0).remote(
        config=config, tokenizer=None, role_worker_mapping={}, resource_pool_manager=None
    )
    ray.get(actor.load_checkpoint.remote())
    return ray.get(actor.__ray_call__.remote(state_of))


def state_of(trainer):
    from lead_rs.verl import run

    methods = {name: getattr(type(trainer), name, None) for name in METHODS}
    codes = {name: method.__code__ for name, method in methods.items() if method}
    return {
        "extended": sorted(name for name in codes if "lead_rs" in codes[name].co_filename),
        "restored": hasattr(trainer, run._ATTRIBUTE),
    }


OmegaConf.resolve = staticmethod(resolved)
