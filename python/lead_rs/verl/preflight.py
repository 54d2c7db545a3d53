"""What is known to be wrong with a LEAD run before anything of it has been started."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lead_rs import LeadConfig
from lead_rs.runs.checkpoints import to_resume
from lead_rs.verl import checkpoint, run_folder
from lead_rs.verl.settings import saves_checkpoints, uses_lead


def check(config: Any, *, folders: bool = True) -> None:
    """Raise what would otherwise stop a run once its models are loaded; nothing is changed.

    It looks at the ``lead_*`` settings, at the folder for checkpoints (may it be written to, does
    another run have it) and at LEAD's state in the checkpoint that the run will resume from. Each
    trainer that lead_rs extends does so when it is made.

    Args:
        config: a trainer's whole configuration, composed. One that doesn't use LEAD is right.
        folders: whether the folders can be seen from here; if not, only settings are looked at.

    Raises:
        LeadError: a ``lead_*`` setting that is unknown or out of range; a LEAD state that is
            damaged or of other rewards, or a damaged file by which verl finds its newest
            checkpoint.
        TypeError: a setting of another type.
        OSError: the folder for checkpoints cannot be written to.
        RuntimeError: another run has it.

    Example:
        >>> from omegaconf import OmegaConf
        >>> config = OmegaConf.create({"algorithm": {"adv_estimator": "lead", "lead_beta": 95}})
        >>> check(config)
        Traceback (most recent call last):
        lead_rs.LeadError: beta must be in [0, 1], got 95
    """
    if not uses_lead(config):
        return
    settings = LeadConfig.from_verl(config.algorithm)
    trainer = config.get("trainer")
    if trainer is None or not folders:
        return
    if saves_checkpoints(trainer):
        run_folder.check(Path(trainer.default_local_dir))
    resumed = to_resume(trainer)
    if resumed is not None:
        checkpoint.check(settings, resumed)


def claim(config: Any) -> None:
    """Claim the run's folder for checkpoints, if it will save any, until this process ends.

    Raises:
        OSError, RuntimeError: as `check`.
    """
    trainer = config.get("trainer")
    if trainer is not None and saves_checkpoints(trainer):
        run_folder.hold(Path(trainer.default_local_dir))
