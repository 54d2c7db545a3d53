"""verl's configuration as verl itself would compose it, without importing verl."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

from lead_rs._errors import CommandError


class CannotRun(CommandError):
    """A run cannot start; the text says why and what to do."""


def verl_folder() -> Path:
    """The verl package that ``python -m verl.trainer.main_ppo`` would run."""
    spec = importlib.util.find_spec("verl")
    if spec is None or spec.origin is None:
        raise CannotRun("verl is not installed in this Python: pip install 'verl[vllm]==0.9.1'")
    return Path(spec.origin).parent


def verl_version() -> str:
    """That package's version."""
    return (verl_folder() / "version" / "version").read_text(encoding="utf-8").strip()


def compose(overrides: list[str]) -> Any:
    """The whole configuration of a training run.

    Args:
        overrides: Hydra overrides, as on verl's command line.

    Returns:
        The composed `DictConfig`.

    Raises:
        CannotRun: this verl has no such option, or Hydra cannot read the override.
    """
    folder = verl_folder() / "trainer" / "config"
    from hydra import compose, initialize_config_dir
    from hydra.errors import HydraException

    try:
        with initialize_config_dir(str(folder), version_base=None):
            return compose("ppo_trainer", overrides)
    except HydraException as error:
        raise CannotRun(f"verl {verl_version()} refuses the configuration: {error}") from error


def total_steps(config: Any, rows: int) -> int:
    """The step that a run over so many problems ends with."""
    if config.trainer.total_training_steps is not None:
        return int(config.trainer.total_training_steps)
    return rows // int(config.data.train_batch_size) * int(config.trainer.total_epochs)
