"""At which global step a trainer of verl is, whatever it calls it.

A global step is what verl logs and checkpoints under one number: it ends when the rollouts get new
weights. LEAD's weights move once in it.
"""

from __future__ import annotations

from typing import Any


def current(trainer: Any) -> int:
    """The number of the global step that the trainer's batch is part of."""
    finished = _finished_by_fully_async(trainer)
    return int(trainer.global_steps if finished is None else finished + 1)


def of_checkpoint(trainer: Any) -> int:
    """The number of the ``global_step_N`` folder that the trainer saves now or has just loaded."""
    finished = _finished_by_fully_async(trainer)
    return int(trainer.global_steps if finished is None else finished)


def _finished_by_fully_async(trainer: Any) -> int | None:
    # Its `global_steps` counts batches, of which a global step has several.
    finished: int | None = getattr(trainer, "current_param_version", None)
    return finished
