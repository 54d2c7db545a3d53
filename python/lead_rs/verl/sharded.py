"""LEAD where the padded batch stays on the workers: for trainers of one's own on verl.

verl's trainers hold the whole padded [B, T] batch on the driver. LEAD needs of each response only
its uid, one score and one length, and gives it one number. So with shards of the batch on workers::

    responses_of(shard)           on every worker: uids, scores, lengths go to the driver
    advantages_of_shards(...)     on the driver: one LEAD step over all of them
    put_advantages(shard, ...)    on every worker: its own share comes back

The advantages are those of verl's padded path bit for bit, with the shards one after the other.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from lead_rs import compute_advantage
from lead_rs.verl import estimator
from lead_rs.verl.rollout_correction import original_mask
from lead_rs.verl.rows import FloatArray, correctness

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from verl import DataProto


@dataclasses.dataclass(frozen=True)
class Responses:
    """What LEAD needs of a shard's b responses: some dozen bytes each.

    Attributes:
        uid: [b] the prompts' uids.
        correctness: [b] float64, the reward function's ``acc``, else the sum of the raw scores.
        response_length: [b] int64, tokens.
    """

    uid: list[Any]
    correctness: FloatArray
    response_length: npt.NDArray[np.int64]


def responses_of(shard: DataProto) -> Responses:
    """What LEAD needs of a worker's shard.

    Args:
        shard: with ``token_level_scores`` and ``response_mask``, both [b, T], and ``uid``, [b];
            ``acc``, [b], where the reward function gives it.

    Returns:
        The numbers to send to the driver.

    Raises:
        KeyError: if one of the three is missing.
        ValueError: for an ``acc`` that is not a number.

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
    mask = original_mask(shard)
    if mask is None:
        mask = shard.batch["response_mask"]
    return Responses(
        uid=shard.non_tensor_batch["uid"].tolist(),
        correctness=correctness(
            shard.non_tensor_batch.get("acc"), shard.batch["token_level_scores"]
        ),
        response_length=mask.sum(-1).cpu().numpy().astype(np.int64),
    )


def advantages_of_shards(
    shards: Sequence[Responses], algorithm: DictConfig
) -> tuple[list[npt.NDArray[np.float32]], dict[str, float]]:
    """Take one LEAD step over all shards of a batch, on the driver.

    Args:
        shards: each worker's `responses_of`; groups may go across shards.
        algorithm: the trainer's ``config.algorithm``, whose weight controller is advanced. It is
            the one that a trainer extended by lead_rs keeps in its checkpoints; another trainer
            saves and loads it with `lead_rs.verl.checkpoint.save` and ``load``.

    Returns:
        For each shard its advantages, [b] float32; and the step's ``lead/*`` metrics.

    Raises:
        ValueError: as `lead_rs.compute_advantage`; the weights are unchanged.

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
        raise ValueError("shards is empty: at least one worker's responses are needed")
    output = compute_advantage(
        np.concatenate([shard.correctness for shard in shards]),
        np.concatenate([shard.response_length for shard in shards]),
        [uid for shard in shards for uid in shard.uid],
        controller=estimator.controller_of(algorithm, in_checkpoints=False),
    )
    ends = np.cumsum([len(shard.uid) for shard in shards])[:-1]
    return np.split(output.advantages, ends), output.metrics


def put_advantages(shard: DataProto, advantages: npt.NDArray[np.float32]) -> DataProto:
    """Write a shard's advantages over its tokens, on the worker.

    Args:
        shard: the shard that `responses_of` was made of.
        advantages: [b] float32, its part of what `advantages_of_shards` returned.

    Returns:
        The same shard, with ``advantages`` and ``returns``, [b, T] float32.

    Raises:
        ValueError: if there is not one advantage per response.
    """
    import torch

    mask = shard.batch["response_mask"]
    if advantages.shape != (len(mask),):
        raise ValueError(
            f"advantages must have one entry per response: got shape {list(advantages.shape)} for "
            f"{len(mask)} responses"
        )
    # A copy: what comes out of Ray's object store is read-only.
    values = torch.from_numpy(advantages.copy()).to(mask.device)
    shard.batch["advantages"] = shard.batch["returns"] = values.unsqueeze(-1) * mask
    return shard
