"""What LEAD computed a step from, beside each response in verl's dumps of rollouts.

With ``trainer.rollout_data_dir`` the V1 trainer writes texts and scores, which is not enough to
replay the step: the tokens of a text cannot be counted back exactly, and ``acc`` is missing, and
so are the further rewards of a run that lists its own.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from lead_rs.verl import run
from lead_rs.verl.hooks import AnyFunction
from lead_rs.verl.settings import uses_lead


def remember(lead: run.Run, global_step: int, keys: Sequence[str]) -> None:
    """Keep a batch's inputs until the trainer dumps the rollouts of its global step.

    Args:
        lead: the run, which has just taken a step on the batch, or found nothing in it.
        global_step: the step that the batch is part of.
        keys: [B] the rows' keys.
    """
    known = dict(lead.dump.rows) if lead.dump.global_step == global_step else {}
    if lead.last is not None:
        columns = {
            "acc": lead.last.correctness.tolist(),
            "response_length": [int(length) for length in lead.last.response_length.tolist()],
            **{name: values.tolist() for name, values in lead.last.rewards.items()},
        }
        for key, values in zip(
            lead.last.rows.of(keys), zip(*columns.values(), strict=True), strict=True
        ):
            known[key] = {
                name: None if math.isnan(value) else value
                for name, value in zip(columns, values, strict=True)
            }
    lead.dump = run.Dump(global_step, known)


def dumping(original: AnyFunction) -> AnyFunction:
    """Decorate ``_dump_generations``: ``acc``, ``response_length`` and rewards in each row.

    They are null in the rows that LEAD doesn't count. Dumps of other rows, as a validation's, are
    left as they are.
    """

    def _dump_generations(
        self: Any,
        inputs: Any,
        outputs: Any,
        gts: Any,
        scores: Any,
        reward_extra_infos_dict: dict[str, Any],
        dump_path: str,
    ) -> Any:
        known = run.of_trainer(self).dump.rows if uses_lead(self.config) else {}
        keys = reward_extra_infos_dict.get("uid", ())
        if any(key in known for key in keys):
            counted = [known.get(key, {}) for key in keys]
            reward_extra_infos_dict = {
                **{
                    name: [each.get(name) for each in counted]
                    for name in dict.fromkeys(name for each in counted for name in each)
                },
                **reward_extra_infos_dict,
            }
        return original(
            self,
            inputs=inputs,
            outputs=outputs,
            gts=gts,
            scores=scores,
            reward_extra_infos_dict=reward_extra_infos_dict,
            dump_path=dump_path,
        )

    return _dump_generations
