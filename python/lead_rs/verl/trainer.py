"""What LEAD does in every trainer of verl's: it is checked, it is saved, it is restored."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lead_rs.runs.checkpoints import folder_of
from lead_rs.runs.recorded import FILE_NAME
from lead_rs.verl import checkpoint, global_step, run, run_folder
from lead_rs.verl.hooks import AnyFunction, Decorator, replace_overrides, within
from lead_rs.verl.settings import uses_lead

_logger = logging.getLogger(__name__)


def beginning(overridable: dict[str, Decorator]) -> Decorator:
    """Decorate a trainer's ``__init__``: what is wrong is found before anything is started.

    Args:
        overridable: what is done to those methods of the trainer that a recipe's class has of its
            own.
    """

    def decorate(original: AnyFunction) -> AnyFunction:
        def __init__(self: Any, config: Any, *args: Any, **kwargs: Any) -> None:
            if uses_lead(config):
                run.of_trainer(self, config)
                replace_overrides(self, overridable)
            original(self, config, *args, **kwargs)

        return __init__

    return decorate


@contextlib.contextmanager
def _checked(trainer: Any) -> Iterator[None]:
    if uses_lead(trainer.config):
        run.of_trainer(trainer)
    yield


@contextlib.contextmanager
def _saved(trainer: Any) -> Iterator[None]:
    """Save LEAD's state before verl saves the rest.

    verl's own method ends by naming the checkpoint in ``latest_checkpointed_iteration.txt``. Before
    that nobody resumes from the folder; after that the state is in it.
    """
    if not uses_lead(trainer.config):
        yield
        return
    lead = run.of_trainer(trainer)
    with lead.once("save") as outermost:
        if outermost:
            _save(lead, trainer)
        yield


def _save(lead: run.Run, trainer: Any) -> None:
    folder = Path(trainer.config.trainer.default_local_dir)
    run_folder.hold(folder)
    step = global_step.of_checkpoint(trainer)
    if lead.is_trained_here() or step == lead.began_at:
        checkpoint.save(lead.controller, folder_of(folder, step))
    else:
        _logger.error(
            "LEAD's state is not in the checkpoint of step %d: no batch has come to this process "
            "since step %d, so the weights are those of another one, where the estimator runs",
            step,
            lead.began_at,
        )


@contextlib.contextmanager
def _restored(trainer: Any) -> Iterator[None]:
    """Restore LEAD's state from the folder that verl has resumed from."""
    if not uses_lead(trainer.config):
        yield
        return
    lead = run.of_trainer(trainer)
    with lead.once("load") as outermost:
        yield
        if outermost:
            _load(lead, trainer)


def _load(lead: run.Run, trainer: Any) -> None:
    step = global_step.of_checkpoint(trainer)
    folder = _resumed_folder(trainer, step)
    controller = lead.controller
    if folder is None:
        _logger.info("LEAD starts with weights %s", controller.weights)
    elif checkpoint.load(controller, folder):
        if controller.step > step:
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
    lead.goes_on_from(step)


def _resumed_folder(trainer: Any, step: int) -> Path | None:
    config = trainer.config.trainer
    if config.resume_mode == "disable" or step == 0:
        return None
    if config.resume_mode == "resume_path":
        return Path(config.resume_from_path)
    return folder_of(Path(config.default_local_dir), step)


checking, saving, restoring = within(_checked), within(_saved), within(_restored)
