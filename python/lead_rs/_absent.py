"""Responses that have none of the rewards: a step leaves them out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lead_rs._lead_rs import LeadConfig

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


def counted_tokens(
    config: LeadConfig,
    rewards: Mapping[str, npt.NDArray[np.floating[Any]]],
    response_length: npt.NDArray[Any],
) -> int:
    """How many tokens the responses have that a step counts; it needs two.

    Args:
        config: the step's settings.
        rewards: [B] each, by the keys of `LeadConfig.reward_keys`; NaN where a response has none.
        response_length: [B] tokens.

    Returns:
        The tokens of the responses that have a reward. Each has correctness and efficiency.

    Example:
        >>> import numpy as np
        >>> config = LeadConfig(rewards=[{"name": "format", "min": 0, "max": 1}])
        >>> counted_tokens(config, {"format": np.array([1.0, np.nan])}, np.array([5, 7]))
        5
    """
    import numpy as np

    keys = config.reward_keys
    if config.rewards is None or any(reward["key"] not in keys for reward in config.rewards):
        return int(response_length.sum())
    absent = np.isnan([rewards[key] for key in keys]).all(axis=0)
    return int(response_length[~absent].sum())
