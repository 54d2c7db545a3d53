"""verl's own trainer classes, without the workers that they train with."""

from __future__ import annotations

import asyncio
import inspect
import os
from pathlib import Path
from types import SimpleNamespace

from omegaconf import OmegaConf
from verl_versions import import_quietly, module_file, verl_folder

import lead_rs
from lead_rs.verl import run

CLASSES = {
    "sync": ("verl.trainer.ppo.v1.trainer_sync", "PPOTrainerSync"),
    "colocate_async": ("verl.trainer.ppo.v1.trainer_colocate_async", "PPOTrainerColocateAsync"),
    "separate_async": ("verl.trainer.ppo.v1.trainer_separate_async", "PPOTrainerSeparateAsync"),
    "main_ppo_sync": ("verl.trainer.main_ppo_sync", "PPOTrainer"),
    "legacy": ("verl.trainer.ppo.ray_trainer", "RayPPOTrainer"),
    "separation": ("verl.experimental.separation.ray_trainer", "SeparateRayPPOTrainer"),
    "one_step_off": (
        "verl.experimental.one_step_off_policy.ray_trainer",
        "OneStepOffRayTrainer",
    ),
    "fully_async": (
        "verl.experimental.fully_async_policy.fully_async_trainer",
        "FullyAsyncTrainer",
    ),
}


def present(*kinds):
    """Those of the kinds, by default of all, that this verl has."""
    if verl_folder() is None:
        return []
    return [kind for kind in kinds or CLASSES if module_file(CLASSES[kind][0]).exists()]


def bare(kind):
    """An instance of verl's class, made without its `__init__`."""
    module, name = CLASSES[kind]
    found = getattr(import_quietly(module), name)
    # Of a Ray actor, the class that its processes make it from.
    metadata = getattr(found, "__ray_metadata__", None)
    return object.__new__(metadata.modified_class if metadata else found)


class Workers:
    """The actors' side of a checkpoint: a folder that exists."""

    def save_checkpoint(self, path, *_, **__):
        os.makedirs(path, exist_ok=True)

    def load_checkpoint(self, *args, local_path=None, **_):
        assert Path(local_path or args[0]).is_dir()


class DataLoader:
    def state_dict(self):
        return {}

    def load_state_dict(self, state):
        assert state == {}

    def __len__(self):
        return 1000


def saving(
    kind,
    folder,
    monkeypatch,
    *,
    adv_estimator="lead",
    resume_mode="auto",
    resume_from_path=None,
    save_freq=1,
    **algorithm,
):
    """A trainer that saves into `folder` and loads from there."""
    trainer = bare(kind)
    trainer.global_steps, trainer.use_critic = 0, False
    trainer.actor_rollout_wg, trainer.train_dataloader = Workers(), DataLoader()
    if kind.endswith(("sync", "async")) and kind not in ("main_ppo_sync", "fully_async"):
        import transfer_queue
        from verl.trainer.ppo.v1 import trainer_base

        trainer.trainer_mode = kind
        if hasattr(trainer_base, "build_checkpoint_callback"):  # since 0.9.1
            trainer.checkpoint_callback = trainer_base.build_checkpoint_callback(
                OmegaConf.create({"trainer": {"v1": {}, "checkpoint_callback_class": None}})
            )
        monkeypatch.setattr(
            transfer_queue, "save_checkpoint", lambda path, **_: os.makedirs(path, exist_ok=True)
        )
        monkeypatch.setattr(transfer_queue, "load_checkpoint", lambda path: os.listdir(path))
        monkeypatch.setattr(transfer_queue, "kv_list", lambda *_: {})
    if kind == "fully_async":
        trainer.current_param_version = trainer.last_ckpt_version = 0
        trainer.trigger_parameter_sync_step = 4
        save = SimpleNamespace(remote=lambda _: None)
        trainer.rollouter = SimpleNamespace(save_checkpoint=save)
        monkeypatch.setattr("ray.get", lambda finished: finished)
    trainer.config = OmegaConf.create(
        {
            "algorithm": {"adv_estimator": adv_estimator, **algorithm},
            "actor_rollout_ref": {"actor": {"checkpoint": {"async_save": False}}},
            "trainer": {
                "default_local_dir": str(folder),
                "default_hdfs_dir": None,
                "resume_mode": resume_mode,
                "resume_from_path": resume_from_path,
                "save_freq": save_freq,
                "val_only": False,
                "del_local_ckpt_after_load": False,
            },
        }
    )
    return trainer


def go_to(trainer, step):
    """Be at the end of this global step, as the trainer's loop is when it saves."""
    trainer.global_steps = step
    if hasattr(trainer, "current_param_version"):
        trainer.global_steps = step * trainer.trigger_parameter_sync_step
        trainer.current_param_version = step


def step_of(trainer):
    """The global step that the trainer has loaded or ended."""
    return getattr(trainer, "current_param_version", trainer.global_steps)


def load(trainer):
    """Have the trainer load its checkpoint."""
    if hasattr(trainer, "load_checkpoint"):
        result = trainer.load_checkpoint()
        assert inspect.isawaitable(result)
        asyncio.run(result)
    else:
        trainer._load_checkpoint()


def controller(trainer):
    return run.of_trainer(trainer).controller


def train(trainer, steps):
    """Take LEAD steps and save, as the trainer's loop does."""
    for _ in range(steps):
        go_to(trainer, step_of(trainer) + 1)
        lead_rs.compute_advantage(
            correctness=[1, 1, 0],
            response_length=[1500 + step_of(trainer), 3000, 2000],
            index=["a", "a", "b"],
            controller=controller(trainer),
        )
        trainer._save_checkpoint()


def resume(trainer):
    load(trainer)
    return controller(trainer)
