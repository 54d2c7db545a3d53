"""What LEAD computed each step from, beside TRL's completions.

TRL writes texts and rewards, which is not enough to replay a step: the tokens of a text cannot be
counted back exactly. Of several generation batches between two logs it keeps the last, and an
evaluation takes the place of the step's own completions. So LEAD writes its numbers to files of
their own, in the form of verl's dumps, which `lead_rs.replay.load_rollouts` reads.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lead_rs import WeightController
from lead_rs.runs.trl import COMPLETIONS


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
