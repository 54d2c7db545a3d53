"""LEAD's reward function in verl: its data goes there unasked, and it is told the token counts."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np

from lead_rs.verl import hooks


def _with_deepscaler(original: hooks.AnyFunction) -> hooks.AnyFunction:
    def default_compute_score(data_source: Any, *args: Any, **kwargs: Any) -> Any:
        from lead_rs.verl import reward

        # verl's own function raises NotImplementedError for this source.
        score = reward.compute_score if data_source == reward.DATA_SOURCE else original
        return score(data_source, *args, **kwargs)

    return default_compute_score


def adapt(reward_score: ModuleType) -> list[str]:
    """Act on ``verl.utils.reward_score``."""
    return hooks.replace(reward_score, default_compute_score=_with_deepscaler)


def _with_token_count(original: hooks.AnyFunction) -> hooks.AnyFunction:
    async def compute_score(self: Any, data: Any) -> Any:
        from lead_rs.verl import reward

        # Of several outputs verl's reward managers score the last one.
        tokens = _tokens_of_last(data)
        given = data.non_tensor_batch.get("extra_info")
        extra_info = np.empty(len(data), dtype=object)
        for row in range(len(data)):
            known = {} if given is None or given[row] is None else given[row]
            extra_info[row] = {**known, reward.LENGTH_KEY: tokens}
        data.non_tensor_batch["extra_info"] = extra_info
        return await original(self, data)

    return compute_score


def _tokens_of_last(data: Any) -> int:
    counts = data.non_tensor_batch.get("response_len")  # since 0.9.1
    if counts is not None:
        return int(counts[-1])
    width = data.batch["responses"].shape[-1]
    return int(data.batch["attention_mask"][-1, -width:].sum())


def adapt_worker(reward_loop: ModuleType) -> list[str]:
    """Act on ``verl.experimental.reward_loop.reward_loop``: what it scores is decoded to a text."""
    worker = hooks.class_of(reward_loop, "RewardLoopWorker")
    return hooks.replace(worker, compute_score=_with_token_count)
