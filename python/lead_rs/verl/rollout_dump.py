"""What LEAD computed a step from, beside each response in verl's dumps of rollouts.

With ``trainer.rollout_data_dir`` the V1 trainer writes texts and scores, which is not enough to
replay the step: the tokens of a text cannot be counted back exactly, and ``acc`` is missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lead_rs.verl.hooks import AnyFunction
from lead_rs.verl.rows import FloatArray, Rows

_ATTRIBUTE = "_lead_inputs"


def remember(
    trainer: Any,
    keys: Sequence[str],
    rows: Rows,
    correctness: FloatArray,
    response_length: FloatArray,
) -> None:
    """Keep a batch's inputs until the trainer dumps the rollouts of its global step.

    Args:
        trainer: the trainer that does.
        keys: [B] the rows' keys.
        rows: which of them LEAD counted.
        correctness: [C] of those.
        response_length: [C] tokens.
    """
    counted = [keys[row] for row in rows.counted]
    values = zip(correctness.tolist(), response_length.tolist(), strict=True)
    step, earlier = getattr(trainer, _ATTRIBUTE, (None, {}))
    known = dict(zip(counted, values, strict=True))
    if step == trainer.global_steps:
        known = {**earlier, **known}
    setattr(trainer, _ATTRIBUTE, (trainer.global_steps, known))


def dumping(original: AnyFunction) -> AnyFunction:
    """Decorate a trainer's ``_dump_generations``: ``acc`` and ``response_length`` in each row.

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
        _, known = getattr(self, _ATTRIBUTE, (None, {}))
        keys = reward_extra_infos_dict.get("uid", ())
        if any(key in known for key in keys):
            counted = [known.get(key) for key in keys]
            reward_extra_infos_dict = {
                "acc": [each and each[0] for each in counted],
                "response_length": [each and int(each[1]) for each in counted],
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
