"""The reward function of LEAD's recipes, for verl's ``reward.custom_reward_function``.

``path=pkg://lead_rs.verl.reward name=compute_score``. Rows whose ``data_source`` is ``deepscaler``
(LEAD's MATH data) come here without that setting too.
"""

from __future__ import annotations

import functools
import logging
import os
from collections.abc import Iterator, Mapping
from typing import Any

from lead_rs import _lead_rs
from lead_rs._errors import LeadError

_logger = logging.getLogger(__name__)

DATA_SOURCE = "deepscaler"

LENGTH_KEY = "lead_response_length"
"""In ``extra_info``: the response's tokens, where lead_rs has verl say them (`reward_routing`)."""

LENGTH_UNITS = ("tokens", "characters")

_OF_CORE = _lead_rs.RewardConfig.NAMES
VARIABLES = {name: f"DEEPSCALE_{name.upper()}" for name in (*_OF_CORE, "length_unit")}


def compute_score(
    data_source: str,
    solution_str: str,
    ground_truth: Any,
    extra_info: Mapping[str, Any] | None = None,
    *,
    response_length: float | None = None,
    **kwargs: Any,
) -> dict[str, float]:
    r"""Score one response as `lead_rs.score` does, in verl's reward function signature.

    Each setting of `lead_rs.score` is a keyword here too, or else the environment variable
    ``DEEPSCALE_`` and its name in capitals, read at every call: ``DEEPSCALE_LENGTH_REWARD=0``. One
    is only here: ``length_unit``, ``tokens`` by default, which is verl's count of the response's
    tokens, or ``characters``, by which their number is the characters / 4 as in the reference
    implementation. Where verl doesn't say the count, as in a call of your own, it is that too.

    Args:
        data_source: where the row comes from; not used.
        solution_str: the response, without the prompt (which contains a ``\boxed{}`` itself).
        ground_truth: the right answer, or a list of which any one is right.
        extra_info: verl's, with its count of the response's tokens.
        response_length: the response's length in tokens; default: as ``length_unit`` has it.
        **kwargs: settings; what else verl passes is ignored.

    Returns:
        ``score`` (the sum of the three rewards), ``acc`` (1.0 if right, else 0.0),
        ``correctness_score``, ``length_score``, ``format_score``.

    Raises:
        LeadError: for a setting that doesn't parse, naming it and what it accepts.
        TypeError: for a response or ground truth of another type.

    Example:
        >>> score = compute_score("deepscaler", r"So it is \boxed{42}.", "42", length_reward=0)
        >>> score["score"], score["acc"]
        (1.0, 1.0)
    """
    if not isinstance(solution_str, str):
        raise TypeError(f"solution_str must be a str, got {type(solution_str).__name__}")
    for name in kwargs.keys() - VARIABLES.keys() - _PASSED_BY_VERL:
        _warn_of(name)
    settings = {name: (given, text) for name, given, text in _settings(os.environ, kwargs)}
    given, unit = settings.pop("length_unit", ("", LENGTH_UNITS[0]))
    if unit not in LENGTH_UNITS:
        raise LeadError(f"{given} must be one of {', '.join(LENGTH_UNITS)}, got {unit!r}")
    if response_length is None and unit == "tokens":
        response_length = (extra_info or {}).get(LENGTH_KEY)
    config = _config(tuple((name, *of) for name, of in settings.items()))
    return _lead_rs.score(solution_str, ground_truth, response_length, config)


# The same few settings for a whole run.
_config = functools.lru_cache(maxsize=16)(_lead_rs.RewardConfig.from_text)


def _settings(
    environment: Mapping[str, str], keywords: Mapping[str, Any]
) -> Iterator[tuple[str, str, str]]:
    """What is set: each setting's name, what the user called it, and its text."""
    for name, variable in VARIABLES.items():
        if keywords.get(name) is not None:
            yield name, name, str(keywords[name])
        elif variable in environment:
            yield name, variable, environment[variable]


# Keywords that verl's reward managers and its default_compute_score hand to a reward function.
_PASSED_BY_VERL = {
    "concurrent_semaphore",
    "memory_limit_mb",
    "reward_model_tokenizer",
    "reward_router_address",
    "sandbox_fusion_url",
}


@functools.cache
def _warn_of(name: str) -> None:
    _logger.warning(
        "compute_score has no setting %r, it is ignored; there are: %s", name, ", ".join(VARIABLES)
    )
