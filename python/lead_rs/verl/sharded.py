"""LEAD where the padded batch stays on the workers: for trainers of one's own on verl.

verl's trainers hold the whole padded [B, T] batch on the driver. LEAD needs of each response only
its uid, one score and one length, and gives it one number. So with shards of the batch on workers::

    responses_of(shard)           on every worker: uids, scores, lengths go to the driver
    advantages_of_shards(...)     on the driver: one LEAD step over all of them
    put_advantages(shard, ...)    on every worker: its own share comes back

The advantages are those of verl's padded path bit for bit, with the shards one after the other.

The weights are the run's: ``lead_rs.verl.run.of_algorithm(config.algorithm).controller``. A trainer
that lead_rs extends keeps them in its checkpoints; another one calls `lead_rs.verl.checkpoint.save`
and ``load`` with that controller and its ``global_step_N`` folder.
"""

from __future__ import annotations

import dataclasses
import functools
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from lead_rs import compute_advantage
from lead_rs._errors import LeadError
from lead_rs.lint.metrics import lint_metrics
from lead_rs.verl import rollout_correction, run
from lead_rs.verl.correctness import read_correctness, read_rewards
from lead_rs.verl.rows import FloatArray, every_row

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from verl import DataProto

_warn_once = functools.cache(logging.getLogger(__name__).warning)


@dataclasses.dataclass(frozen=True)
class Responses:
    """What LEAD needs of a shard's b responses: some dozen bytes each.

    Attributes:
        uid: [b] the prompts' uids.
        correctness: [b] float64, the reward function's ``acc``, else the sum of the raw scores;
            None where LEAD does not need it.
        response_length: [b] int64, tokens.
        rewards: [b] float64 by key, the reward function's others that ``lead_rewards`` names.
    """

    uid: list[Any]
    correctness: FloatArray | None
    response_length: npt.NDArray[np.int64]
    rewards: dict[str, FloatArray] = dataclasses.field(default_factory=dict)


def responses_of(
    shard: DataProto, keys: Sequence[str] = (), *, needs_correctness: bool = True
) -> Responses:
    """What LEAD needs of a worker's shard.

    Args:
        shard: with ``token_level_scores`` and ``response_mask``, both [b, T], and ``uid``, [b];
            ``acc``, [b], where the reward function gives it.
        keys: of the other rewards, ``LeadConfig.from_verl(algorithm).reward_keys``.
        needs_correctness: the same settings' ``needs_correctness``: where they have rewards of
            which none depends on it, neither ``acc`` nor the scores are looked at.

    Returns:
        The numbers to send to the driver.

    Raises:
        KeyError: if one of the three is missing.
        LeadError: for an ``acc`` that is not a number in [0, 1], or a score or reward that is not
            finite.

    Example:
        >>> import numpy as np, torch
        >>> from verl import DataProto
        >>> shard = DataProto.from_dict(
        ...     tensors={"token_level_scores": torch.eye(2, 3), "response_mask": torch.ones(2, 3)},
        ...     non_tensors={"uid": np.array(["a", "a"], dtype=object)},
        ... )
        >>> responses_of(shard).correctness.tolist()
        [1.0, 1.0]
    """
    length = rollout_correction.original_length(shard)
    if length is None:
        length = shard.batch["response_mask"].sum(-1).cpu().numpy().astype(np.int64)
    uids = shard.non_tensor_batch["uid"].tolist()
    rows, correctness = every_row(len(uids)), None
    if needs_correctness:
        acc, scores = shard.non_tensor_batch.get("acc"), shard.batch["token_level_scores"]
        correctness = read_correctness(acc, scores, rows, uids, length, _warn_once)
    return Responses(
        uid=uids,
        correctness=correctness,
        response_length=length,
        rewards=read_rewards(keys, shard.non_tensor_batch, rows, uids, _warn_once),
    )


def advantages_of_shards(
    shards: Sequence[Responses], algorithm: DictConfig, *, global_step: int | None = None
) -> tuple[list[npt.NDArray[np.float32]], dict[str, float]]:
    """Take one LEAD step over all shards of a batch, on the driver.

    Args:
        shards: each worker's `responses_of`; groups may go across shards.
        algorithm: the trainer's ``config.algorithm``, the same object at each step: it stands for
            the run whose weights are advanced.
        global_step: the number of the trainer's step that the batch is part of, where a step has
            several: they move the weights once, as `WeightController.enter_step` has it. Default:
            the batch is a step.

    Returns:
        For each shard its advantages, [b] float32; and the step's ``lead/*`` metrics.

    Raises:
        LeadError: as `lead_rs.compute_advantage`; a bad ``lead_*`` setting. The weights are
            unchanged.
        TypeError: for an `algorithm` that is no DictConfig.

    Example:
        >>> import numpy as np
        >>> from omegaconf import OmegaConf
        >>> algorithm = OmegaConf.create({"adv_estimator": "lead"})
        >>> first = Responses(["a", "b"], np.array([1.0, 0.0]), np.array([1500, 2500]))
        >>> second = Responses(["a", "b"], np.array([1.0, 1.0]), np.array([3000, 2000]))
        >>> advantages, metrics = advantages_of_shards([first, second], algorithm)
        >>> [len(shard) for shard in advantages], metrics["lead/step"]
        ([2, 2], 1.0)
    """
    if not shards:
        raise LeadError("shards is empty: at least one worker's responses are needed")
    controller = run.of_algorithm(algorithm).controller
    correctness = None
    if controller.config.needs_correctness:
        correctness = _together([shard.correctness for shard in shards])
    length = np.concatenate([shard.response_length for shard in shards])
    uids = [uid for shard in shards for uid in shard.uid]
    if global_step is not None:
        controller.enter_step(global_step)
    output = compute_advantage(
        correctness,
        length,
        uids,
        rewards={
            key: np.concatenate([shard.rewards[key] for shard in shards])
            for key in shards[0].rewards
        },
        controller=controller,
    )
    found = lint_metrics(correctness, length, uids, output, controller.config)
    ends = np.cumsum([len(shard.uid) for shard in shards])[:-1]
    return np.split(output.advantages, ends), {**output.metrics, **found}


def _together(correctness: Sequence[FloatArray | None]) -> FloatArray:
    if any(each is None for each in correctness):
        raise LeadError("the settings need each response's correctness: a shard has none")
    return np.concatenate([each for each in correctness if each is not None])


def put_advantages(shard: DataProto, advantages: npt.NDArray[np.float32]) -> DataProto:
    """Write a shard's advantages over its tokens, on the worker.

    Args:
        shard: the shard that `responses_of` was made of.
        advantages: [b] float32, its part of what `advantages_of_shards` returned.

    Returns:
        The same shard, with ``advantages`` and ``returns``, [b, T] float32.

    Raises:
        LeadError: if there is not one advantage per response.
    """
    import torch

    mask = shard.batch["response_mask"]
    if advantages.shape != (len(mask),):
        raise LeadError(
            f"advantages must have one entry per response: got shape {list(advantages.shape)} for "
            f"{len(mask)} responses"
        )
    # A copy: what comes out of Ray's object store is read-only.
    values = torch.from_numpy(advantages.copy()).to(mask.device)
    shard.batch["advantages"] = shard.batch["returns"] = values.unsqueeze(-1) * mask
    return shard
