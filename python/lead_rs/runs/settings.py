"""With what settings a run was started, from the files that Hydra or TRL keeps of it."""

from __future__ import annotations

import dataclasses
import datetime
import importlib.util
import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from lead_rs.runs import trl

_SHOWN = {
    "model": "actor_rollout_ref.model.path",
    "training data": "data.train_files",
    "estimator": "algorithm.adv_estimator",
    "prompts a step": "data.train_batch_size",
    "responses a prompt": "actor_rollout_ref.rollout.n",
    "longest response": "data.max_response_length",
    "learning rate": "actor_rollout_ref.actor.optim.lr",
}
"""What a reader asks for first."""

_SECRET = re.compile(
    r"([^=]*(?:(?:api|access)_?key|token|secret|password))=.*", re.IGNORECASE | re.DOTALL
)


@dataclasses.dataclass(frozen=True)
class Settings:
    """A run's settings.

    Attributes:
        started: when it was started, last; None where that is not kept.
        command: what it was started with, without secrets; empty where that is not kept.
        shown: settings by what they are called in a report.
    """

    started: datetime.datetime | None
    command: str
    shown: dict[str, str]


def load_settings(path: Path) -> Settings | None:
    """Read a run's settings from Hydra's ``.hydra`` folder, or from TRL's checkpoints.

    Args:
        path: the run's folder, in which Hydra's is somewhere if ``hydra.run.dir`` is in the run's.

    Returns:
        The latest start's; None where there are none, or cannot be read: a report does without.
    """
    if checkpoints := trl.state_files(path):
        return Settings(None, "", trl.shown_settings(checkpoints))
    if not path.is_dir() or importlib.util.find_spec("yaml") is None:
        return None
    starts = sorted(path.rglob(".hydra/overrides.yaml"), key=lambda file: file.stat().st_mtime)
    if not starts:
        return None
    folder = starts[-1].parent
    overrides = _yaml(starts[-1])
    config, hydra = _yaml(folder / "config.yaml"), _yaml(folder / "hydra.yaml")
    job = _text(_at(hydra, "hydra.job.name")) or "main_ppo"
    given = [_SECRET.sub(r"\1=***", str(each)) for each in overrides or () if _text(each)]
    shown = {label: _text(_at(config, key)) for label, key in _SHOWN.items()}
    shown["settings of LEAD"] = ", ".join(_lead(config))
    return Settings(
        datetime.datetime.fromtimestamp(starts[-1].stat().st_mtime, datetime.timezone.utc),
        shlex.join(["python", "-m", f"verl.trainer.{job}", *given]),
        {label: text for label, text in shown.items() if text},
    )


def _lead(config: Any) -> Iterator[str]:
    algorithm = _at(config, "algorithm")
    if isinstance(algorithm, Mapping) and algorithm.get("adv_estimator") == "lead":
        for key, value in algorithm.items():
            if str(key).startswith("lead_") and (text := _text(value)):
                yield f"{key}={text}"


def _yaml(file: Path) -> Any:
    import yaml

    try:
        return yaml.safe_load(file.read_text(encoding="utf-8", errors="replace"))
    except (OSError, yaml.YAMLError, RecursionError, ValueError):
        return None


def _at(config: Any, key: str) -> Any:
    for name in key.split("."):
        config = config.get(name) if isinstance(config, Mapping) else None
    return config


def _text(value: Any) -> str:
    """A scalar, or a list of some, in one line; of anything else nothing."""
    if isinstance(value, list):  # not what is in lists of lists, of which a short file makes many
        texts = (_text(each) for each in value[:20] if not isinstance(each, list))
        return ", ".join(text for text in texts if text)
    return str(value)[:500] if isinstance(value, str | int | float) else ""
