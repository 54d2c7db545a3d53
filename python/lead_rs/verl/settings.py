"""Whether a run of verl's trains with LEAD, and how."""

from __future__ import annotations

from typing import Any

NAME = "lead"
"""Of the advantage estimator."""

UNSCORED = "unscored"
"""What a reward function returns as 1 for a row whose ground truth cannot be graded."""


def uses_lead(config: Any) -> bool:
    """Whether a trainer's whole configuration asks for LEAD."""
    algorithm = config.get("algorithm")
    return bool(algorithm is not None and algorithm.get("adv_estimator") == NAME)


def saves_checkpoints(trainer: Any) -> bool:
    """Whether a run with this ``config.trainer`` will save checkpoints."""
    return bool(trainer.get("save_freq", -1) > 0 and not trainer.get("val_only", False))
