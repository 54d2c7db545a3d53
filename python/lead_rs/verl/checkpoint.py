"""LEAD's state in verl's checkpoints: one small JSON file in each ``global_step_N`` folder."""

from __future__ import annotations

import contextlib
import inspect
import json
import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lead_rs import WeightController
from lead_rs.verl import estimator, global_step, run_folder
from lead_rs.verl.hooks import AnyFunction

_logger = logging.getLogger(__name__)

FILE_NAME = "lead_state.json"

MAX_BYTES = 1 << 16
"""A state has less than 1 KiB; a file of any size is not worth the memory."""


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
    temporary = path.with_suffix(".json.tmp")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with temporary.open("w", encoding="utf-8") as file:
            json.dump(controller.state_dict(), file, indent=2, allow_nan=False)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        # The new name is on the disk only once the folder is.
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise OSError(
            error.errno, f"LEAD's state cannot be saved: {error.strerror}", str(path)
        ) from error


def load(controller: WeightController, folder: Path) -> bool:
    """Restore a controller from a checkpoint folder.

    Args:
        controller: takes on the saved state; unchanged if there is none or it is refused.
        folder: a ``global_step_N`` folder.

    Returns:
        False if the folder has no state file: a run that began with another estimator.

    Raises:
        ValueError: if the file is damaged, of another version, or not LEAD's.
        OSError: if it cannot be read.
    """
    path = folder / FILE_NAME
    try:
        with path.open("rb") as file:
            text = file.read(MAX_BYTES + 1)
        if len(text) > MAX_BYTES:
            raise ValueError(f"it has more than {MAX_BYTES} bytes")
        state = json.loads(text.decode("utf-8"))
        controller.load_state_dict(state)
    except FileNotFoundError:
        return False
    except (ValueError, TypeError, RecursionError) as error:
        raise ValueError(
            f"{path} is not a usable LEAD state: {error}. Resume from another checkpoint, or "
            f"delete the file to go on from this one with LEAD's weights at their start"
        ) from error
    return True


def saving(original: AnyFunction) -> AnyFunction:
    """Decorate a trainer's ``_save_checkpoint``: LEAD's state first.

    verl's own method ends by naming the checkpoint in ``latest_checkpointed_iteration.txt``. Before
    that nobody resumes from the folder; after that the state is in it.
    """

    def _save_checkpoint(self: Any, *args: Any, **kwargs: Any) -> Any:
        if estimator.uses_lead(self.config.algorithm):
            run_folder.hold(Path(self.config.trainer.default_local_dir))
            save(
                estimator.controller_of(self.config.algorithm, in_checkpoints=True),
                _folder(self),
            )
        return original(self, *args, **kwargs)

    return _save_checkpoint


def restoring(original: AnyFunction) -> AnyFunction:
    """Decorate a trainer's ``_load_checkpoint``: LEAD's state from the folder that verl resumed."""

    def load_checkpoint(self: Any, *args: Any, **kwargs: Any) -> Any:
        with _restored(self):
            return original(self, *args, **kwargs)

    async def load_checkpoint_async(self: Any, *args: Any, **kwargs: Any) -> Any:
        with _restored(self):
            return await original(self, *args, **kwargs)

    return load_checkpoint_async if inspect.iscoroutinefunction(original) else load_checkpoint


@contextlib.contextmanager
def _restored(trainer: Any) -> Iterator[None]:
    """Restore LEAD's state once the context, in which verl loads its own, is left."""
    if not estimator.uses_lead(trainer.config.algorithm):
        yield
        return
    # Before verl loads the model: what is wrong should not take minutes to be found.
    controller = estimator.controller_of(trainer.config.algorithm, in_checkpoints=True)
    _check_folder(trainer.config.trainer)
    yield
    folder = _resumed_folder(trainer)
    if folder is None:
        _logger.info("LEAD starts with weights %s", controller.weights)
    elif load(controller, folder):
        if controller.step > global_step.of_checkpoint(trainer):
            _logger.warning(
                "%s has a LEAD state of step %d, which is another checkpoint's: the weights are "
                "not those of this model",
                folder,
                controller.step,
            )
        _logger.info("LEAD goes on from step %d in %s", controller.step, folder)
    else:
        _logger.warning(
            "%s has no %s (was it saved by a run with another estimator?): LEAD starts at its "
            "first step, with weights %s",
            folder,
            FILE_NAME,
            controller.weights,
        )


def _check_folder(config: Any) -> None:
    folder = Path(config.default_local_dir)
    if config.get("save_freq", -1) > 0 and not config.get("val_only", False):
        run_folder.hold(folder)
    if config.resume_mode == "auto":
        run_folder.check_tracker(folder)


def _resumed_folder(trainer: Any) -> Path | None:
    config = trainer.config.trainer
    if config.resume_mode == "disable" or global_step.of_checkpoint(trainer) == 0:
        return None
    if config.resume_mode == "resume_path":
        return Path(config.resume_from_path)
    return _folder(trainer)


def _folder(trainer: Any) -> Path:
    return Path(
        trainer.config.trainer.default_local_dir,
        f"global_step_{global_step.of_checkpoint(trainer)}",
    )
