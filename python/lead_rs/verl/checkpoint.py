"""LEAD's state in verl's checkpoints: one small JSON file in each ``global_step_N`` folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from lead_rs import LeadConfig, WeightController
from lead_rs._errors import LeadError
from lead_rs._files import whole_file
from lead_rs.runs.recorded import FILE_NAME, read_state


def save(controller: WeightController, folder: Path) -> None:
    """Write the controller's state into a checkpoint folder, whole or not at all.

    Args:
        controller: what to save.
        folder: a ``global_step_N`` folder; made if it isn't there.

    Raises:
        OSError: if it cannot be written; a state file that was there before is untouched.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp(), "global_step_7")
        >>> save(WeightController(), folder)
        >>> restored = WeightController()
        >>> load(restored, folder)
        True
    """
    path = folder / FILE_NAME
    try:
        with whole_file(path) as unfinished:
            state = json.dumps(controller.state_dict(), indent=2, allow_nan=False)
            unfinished.write_text(state, encoding="utf-8")
    except OSError as error:
        raise OSError(
            error.errno, f"LEAD's state cannot be saved: {error.strerror}", str(path)
        ) from error


def read(folder: Path) -> dict[str, Any] | None:
    """A usable state from a checkpoint folder.

    Args:
        folder: a ``global_step_N`` folder.

    Returns:
        What `WeightController.load_state_dict` takes; None if the folder has no state file.

    Raises:
        LeadError: if the file is damaged, of another version, or not LEAD's.
        OSError: if it cannot be read.
    """
    try:
        return read_state(folder / FILE_NAME)
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise LeadError(
            f"{error}. Resume from another checkpoint, or delete the file to go on from this one "
            f"with LEAD's weights at their start"
        ) from error


def check(settings: LeadConfig, folder: Path) -> dict[str, Any] | None:
    """A usable state from a checkpoint folder that these settings go on with.

    Args:
        settings: those of the run that resumes.
        folder: a ``global_step_N`` folder.

    Returns:
        As `read`.

    Raises:
        LeadError: as `read`; if the state's rewards have other names than the settings'.
        OSError: as `read`.
    """
    state = read(folder)
    if state is None:
        return None
    controller = WeightController(settings)
    if set(controller.rewards) != set(WeightController.from_state_dict(state).rewards):
        try:
            controller.load_state_dict(state)
        except ValueError as error:
            raise LeadError(
                f"{folder / FILE_NAME}: {error}. Resume with the same rewards, or delete the file "
                f"to go on from this checkpoint with LEAD's weights at their start"
            ) from error
    return state


def load(controller: WeightController, folder: Path) -> bool:
    """Restore a controller from a checkpoint folder.

    Args:
        controller: takes on the saved state; unchanged if there is none or it is refused.
        folder: a ``global_step_N`` folder.

    Returns:
        False if the folder has no state file: a run that began with another estimator.

    Raises:
        ValueError, OSError: as `check`.
    """
    state = check(controller.config, folder)
    if state is not None:
        controller.load_state_dict(state)
    return state is not None
