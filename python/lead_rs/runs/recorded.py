"""What a run has recorded of itself: LEAD's settings, and its state in checkpoints."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from lead_rs._errors import CommandError, LeadError
from lead_rs._extras import require
from lead_rs._lead_rs import LeadConfig, WeightController
from lead_rs.runs import trl
from lead_rs.runs.checkpoints import step_of

FILE_NAME = "lead_state.json"
"""Of LEAD's state, in each ``global_step_N`` folder."""

MAX_BYTES = 1 << 16
"""A state has less than 1 KiB; a file of any size is not worth the memory."""

CONFIGURATION = ".hydra/config.yaml"
"""What Hydra writes of a run's configuration, into its ``hydra.run.dir``."""


def read_state(path: Path) -> dict[str, Any]:
    """A usable state from its file.

    Args:
        path: the file.

    Returns:
        What `WeightController.load_state_dict` takes.

    Raises:
        LeadError: if it is damaged, of another version, or not LEAD's.
        OSError: if it cannot be read.
    """
    with path.open("rb") as file:
        text = file.read(MAX_BYTES + 1)
    try:
        if len(text) > MAX_BYTES:
            raise ValueError(f"it has more than {MAX_BYTES} bytes")
        state: dict[str, Any] = json.loads(text.decode("utf-8"))
        WeightController.from_state_dict(state)
    except (ValueError, TypeError, RecursionError) as error:
        raise LeadError(f"{path} is not a usable LEAD state: {error}") from error
    return state


class Settings(NamedTuple):
    """A run's settings, and the file that has them."""

    config: LeadConfig
    path: Path


class State(NamedTuple):
    """A `WeightController`'s state, and the file that has it."""

    state: dict[str, Any]
    path: Path


def settings_of(run: Path) -> Settings | None:
    """The settings that a run trained with, as it last was.

    Args:
        run: its folder, or its log in there; of TRL, ``output_dir`` or a checkpoint.

    Returns:
        Those of its last state, or else of its last configuration with ``adv_estimator=lead``; None
        if it has neither.

    Raises:
        CommandError: a file of these that cannot be read, or a setting in it that isn't one.
    """
    if checkpoints := trl.state_files(run):
        if (found := trl.last_lead_state(checkpoints)) is None:
            return None
        state, path = _checked(found)
        return Settings(WeightController.from_state_dict(state).config, path)
    states = _states(run)
    if states:
        path = states[max(states)]
        return Settings(WeightController.from_state_dict(_read(path)).config, path)
    files = sorted(_folder(run).rglob(CONFIGURATION), key=lambda path: path.stat().st_mtime)
    for path in reversed(files):
        if (algorithm := _algorithm(path)) is not None:
            try:
                return Settings(LeadConfig.from_verl(algorithm), path)
            except (ValueError, TypeError) as error:
                raise CommandError(f"{path}: {error}") from None
    return None


def state_before(run: Path, step: int) -> State | None:
    """The state that a run went into a step with.

    Args:
        run: its folder, or its log in there.
        step: the trainer's number of the step.

    Returns:
        That of the checkpoint of the step before; None if there is none.

    Raises:
        CommandError: it cannot be read.
    """
    if checkpoints := trl.state_files(run):
        found = trl.lead_state_at(checkpoints, step - 1)
        return None if found is None else _checked(found)
    path = _states(run).get(step - 1)
    return None if path is None else State(_read(path), path)


def _folder(run: Path) -> Path:
    return run if run.is_dir() else run.parent


def _states(run: Path) -> dict[int, Path]:
    """The state files of a run's checkpoints by their steps."""
    states: dict[int, Path] = {}
    for path in sorted(_folder(run).rglob(f"*/{FILE_NAME}")):
        step = step_of(path.parent)
        if step is None:
            continue
        if step in states:
            raise CommandError(
                f"{run} has the checkpoints of several runs, name one: {states[step].parent.parent}"
                f", {path.parent.parent}"
            )
        states[step] = path
    return states


def _read(path: Path) -> dict[str, Any]:
    try:
        return read_state(path)
    except (OSError, ValueError) as error:
        raise CommandError(str(error)) from None


def _checked(found: trl.LeadState) -> State:
    try:
        WeightController.from_state_dict(found.state)
    except (TypeError, ValueError) as error:
        raise CommandError(f"{found.path} has no usable LEAD state: {error}") from None
    return State(found.state, found.path)


def _algorithm(path: Path) -> Mapping[str, Any] | None:
    """``algorithm`` of a configuration that asks for LEAD."""
    require(f"{path}", "report", "yaml")
    import yaml

    try:
        configuration = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise CommandError(f"{path} is not YAML: {error}") from None
    algorithm = configuration.get("algorithm") if isinstance(configuration, dict) else None
    asks = isinstance(algorithm, dict) and algorithm.get("adv_estimator") == "lead"
    return algorithm if asks else None
