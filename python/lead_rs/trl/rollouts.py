"""What LEAD computed each step from, beside TRL's completions.

TRL writes texts and rewards, which is not enough to replay a step: the tokens of a text cannot be
counted back exactly. Of several generation batches between two logs it keeps the last, and an
evaluation takes the place of the step's own completions. So LEAD writes its numbers to files of
their own, in the form of verl's dumps, which `lead_rs.replay.load_rollouts` reads.
"""

from __future__ import annotations

import itertools
import json
import logging
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lead_rs import WeightController
from lead_rs.runs.trl import COMPLETIONS

_logger = logging.getLogger(__name__)

OWN = ("step", "batch", "lead_step", "uid", "score", "acc", "response_length", "truncated")
"""The columns that are no reward function's."""


def check_names(reward_functions: Sequence[str]) -> None:
    """Check that no reward function has the name of a column of LEAD's.

    Raises:
        ValueError: one has.
    """
    for name in reward_functions:
        if name in OWN:
            raise ValueError(
                f"log_completions=True writes a column {name!r} of LEAD's own: give the reward "
                f"function another __name__ (reserved are {', '.join(OWN)})"
            )


def set_aside(output_dir: str, step: int) -> None:
    """Move the files of later steps into a new folder beside them, ``abandoned_1`` or so.

    Args:
        output_dir: the run's.
        step: the optimizer steps done, whose files stay.

    Raises:
        OSError: they cannot be moved.
    """
    folder = Path(output_dir, COMPLETIONS)
    later = [
        file for file in folder.glob("*.jsonl") if file.stem.isdecimal() and int(file.stem) > step
    ]
    if later:
        aside = next(
            path
            for number in itertools.count(1)
            if not (path := folder / f"abandoned_{number}").exists()
        )
        aside.mkdir()
        for file in later:
            file.rename(aside / file.name)
        _logger.warning(
            "The run begins after step %d: of later steps %d files of LEAD's are moved to %s",
            step,
            len(later),
            aside,
        )


def write(
    output_dir: str,
    step: int,
    controller: WeightController,
    groups: Sequence[int],
    columns: Mapping[str, Sequence[Any]],
) -> None:
    """Write a batch of which LEAD has just taken a step, or a part of one.

    Args:
        output_dir: the run's, in whose ``completions`` it becomes ``N.jsonl``, N being the step.
        step: the optimizer step that TRL logs it at.
        controller: which took the step, of a number that it has entered.
        groups: [B] the prompts' numbers.
        columns: [B] each, what else there is of the responses; NaN becomes null.

    Raises:
        OSError: it cannot be written.
    """
    state = controller.state_dict()
    batch = state["last_step"]["batches"] - 1
    path = Path(output_dir, COMPLETIONS, f"{step}.jsonl")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w" if batch == 0 else "a", encoding="utf-8") as file:
        for row, (group, *values) in enumerate(zip(groups, *columns.values(), strict=True)):
            known = {
                name: None if isinstance(value, float) and math.isnan(value) else value
                for name, value in zip(columns, values, strict=True)
            }
            own = {
                "step": step,
                "batch": batch,
                "lead_step": state["step"],
                "uid": f"{batch}-{group}_{row}_0",
            }
            file.write(json.dumps({**known, **own}) + "\n")
