"""The reward function of LEAD's recipes, for verl's ``reward.custom_reward_function``.

``path=pkg://lead_rs.verl.reward name=compute_score``. Rows whose ``data_source`` is ``deepscaler``
(LEAD's MATH data) come here without that setting too.
"""

from __future__ import annotations

import dataclasses
import functools
import logging
import math
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import lead_rs

_logger = logging.getLogger(__name__)

DATA_SOURCE = "deepscaler"

CHARACTERS_PER_TOKEN = 4

LENGTH_MODES = ("classic", "conditioned", "soft", "conditioned_soft")
FORMAT_MODES = ("boxed", "strict")


def _number(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError
    return value


def _tokens(text: str) -> float:
    value = _number(text)
    if value < 0:
        raise ValueError
    return value


def _switch(text: str) -> bool:
    return {"0": False, "false": False, "1": True, "true": True}[text.lower()]


def _one_of(choices: Sequence[str]) -> Callable[[str], str]:
    return lambda text: choices[choices.index(text)]


def _setting(default: Any, parse: Callable[[str], Any], accepts: str) -> Any:
    return dataclasses.field(default=default, metadata={"parse": parse, "accepts": accepts})


@dataclasses.dataclass(frozen=True)
class RewardSettings:
    """The settings of `compute_score`: each a keyword, or ``DEEPSCALE_`` and its name in capitals.

    Attributes:
        correct_reward: reward for a right answer.
        length_reward: size of the length reward.
        length_threshold: tokens up to which the length reward is full.
        length_max: tokens from which on the soft modes give none.
        length_mode: ``classic``: full up to the threshold, else none; ``conditioned``: that, for
            right answers only; ``soft``: falling linearly from the threshold to the maximum;
            ``conditioned_soft``: that, for right answers only.
        use_format: whether there is a format reward.
        format_reward: its size.
        format_mode: ``boxed``: for an answer in a box; ``strict``: half of it for the answer, half
            for ``<think>`` and ``</think>`` before it, a quarter where their order is wrong.
    """

    correct_reward: float = _setting(1.0, _number, "a finite number")
    length_reward: float = _setting(1.0, _number, "a finite number")
    length_threshold: float = _setting(4000.0, _tokens, "a number of tokens >= 0")
    length_max: float = _setting(4000.0, _tokens, "a number of tokens >= 0")
    length_mode: str = _setting(
        "classic", _one_of(LENGTH_MODES), "one of " + ", ".join(LENGTH_MODES)
    )
    use_format: bool = _setting(False, _switch, "0 or 1")
    format_reward: float = _setting(1.0, _number, "a finite number")
    format_mode: str = _setting("boxed", _one_of(FORMAT_MODES), "one of " + ", ".join(FORMAT_MODES))

    @classmethod
    def read(cls, environment: Mapping[str, str], keywords: Mapping[str, Any]) -> RewardSettings:
        """Settings from the environment, where keywords don't say otherwise.

        Raises:
            ValueError: naming the variable or keyword, what it holds and what it accepts.

        Example:
            >>> settings = RewardSettings.read({"DEEPSCALE_LENGTH_REWARD": "0"}, {"use_format": 1})
            >>> settings.length_reward, settings.use_format
            (0.0, True)
        """
        return _read(
            tuple(environment.get(variable) for variable in _VARIABLES.values()),
            tuple(_text(keywords.get(name)) for name in _VARIABLES),
        )


_VARIABLES = {
    field.name: f"DEEPSCALE_{field.name.upper()}" for field in dataclasses.fields(RewardSettings)
}


def _text(keyword: Any) -> str | None:
    return None if keyword is None else str(keyword)


@functools.lru_cache(maxsize=16)
def _read(environment: tuple[str | None, ...], keywords: tuple[str | None, ...]) -> RewardSettings:
    values = {}
    for field, variable, keyword in zip(
        dataclasses.fields(RewardSettings), environment, keywords, strict=True
    ):
        name = field.name if keyword is not None else _VARIABLES[field.name]
        text = keyword if keyword is not None else variable
        if text is None:
            continue
        try:
            values[field.name] = field.metadata["parse"](text.strip())
        except (ValueError, KeyError):
            raise ValueError(f"{name} must be {field.metadata['accepts']}, got {text!r}") from None
    settings = RewardSettings(**values)
    if settings.length_mode.endswith("soft") and settings.length_max < settings.length_threshold:
        raise ValueError(
            f"length_max must be at least length_threshold where length_mode is "
            f"{settings.length_mode}, got {settings.length_max:g} and {settings.length_threshold:g}"
        )
    return settings


def compute_score(
    data_source: str,
    solution_str: str,
    ground_truth: Any,
    extra_info: Mapping[str, Any] | None = None,
    *,
    response_length: int | None = None,
    **kwargs: Any,
) -> dict[str, float]:
    r"""Score one response: correctness, length and format, in verl's reward function signature.

    Args:
        data_source: where the row comes from; not used.
        solution_str: the response, without the prompt (which contains a ``\boxed{}`` itself).
        ground_truth: the right answer, or a list of which any one is right.
        extra_info: verl's; not used.
        response_length: the response's length in tokens; default: its characters / 4.
        **kwargs: any field of `RewardSettings`; what else verl passes is ignored.

    Returns:
        ``score`` (the sum of the three parts), ``acc`` (1.0 if right, else 0.0),
        ``correctness_score``, ``length_score``, ``format_score``.

    Raises:
        ValueError: for a setting that doesn't parse, naming it and what it accepts.
        TypeError: if `solution_str` isn't a string.

    Example:
        >>> score = compute_score("deepscaler", r"So it is \boxed{42}.", "42", length_reward=0)
        >>> score["score"], score["acc"]
        (1.0, 1.0)
    """
    if not isinstance(solution_str, str):
        raise TypeError(f"solution_str must be a string, got {type(solution_str).__name__}")
    for name in kwargs.keys() - _VARIABLES.keys() - _PASSED_BY_VERL:
        _warn_of(name)
    settings = RewardSettings.read(os.environ, kwargs)
    answer = lead_rs.extract_answer(solution_str)
    correct = answer is not None and any(
        lead_rs.grade(answer, truth) for truth in _alternatives(ground_truth)
    )
    if response_length is None:
        tokens = len(solution_str) / CHARACTERS_PER_TOKEN
    else:
        tokens = response_length
    parts = {
        "correctness_score": settings.correct_reward if correct else 0.0,
        "length_score": settings.length_reward * _length_share(tokens, correct, settings),
        "format_score": settings.format_reward * _format_share(solution_str, answer, settings),
    }
    return {"score": sum(parts.values()), "acc": float(correct), **parts}


def _alternatives(ground_truth: Any) -> list[str]:
    if isinstance(ground_truth, str) or not hasattr(ground_truth, "__iter__"):
        return [str(ground_truth)]
    return [str(truth) for truth in ground_truth]


def _length_share(tokens: float, correct: bool, settings: RewardSettings) -> float:
    if settings.length_mode.startswith("conditioned") and not correct:
        return 0.0
    if tokens <= settings.length_threshold:
        return 1.0
    if not settings.length_mode.endswith("soft") or tokens >= settings.length_max:
        return 0.0
    return (settings.length_max - tokens) / (settings.length_max - settings.length_threshold)


def _format_share(response: str, answer: str | None, settings: RewardSettings) -> float:
    if not settings.use_format or answer is None:
        return 0.0
    if settings.format_mode == "boxed":
        return 1.0
    opening, closing = response.find("<think>"), response.find("</think>")
    if opening < 0 or closing < 0:
        return 0.5
    answered = max(response.rfind("\\boxed"), response.rfind("\\fbox"))
    return 1.0 if opening < closing < answered else 0.75


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
        "compute_score has no setting %r, it is ignored; there are: %s", name, ", ".join(_VARIABLES)
    )
