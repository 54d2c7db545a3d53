r"""All of verl's mathematics by lead-rs's grader, for verl's ``reward.custom_reward_function``.

``path=pkg://lead_rs.verl.math_sources name=compute_score``. What verl's ``default_compute_score``
grades with one of six verifiers is graded by one here, with the same rewards for right and wrong; a
source that is not mathematics goes to verl's own. LEAD's own reward is `lead_rs.verl.reward`.
"""

from __future__ import annotations

import dataclasses
import functools
import logging
from collections.abc import Mapping
from typing import Any

from lead_rs import _lead_rs
from lead_rs.verl.settings import UNSCORED

_logger = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True)
class Rule:
    """How a source's responses are scored, as verl does.

    Attributes:
        extract: where the answer is looked for.
        wrong: the score of a wrong answer; a right one's is 1.
        format_share: the part of the score that is for thoughts in ``<think>`` before the box.
    """

    extract: str = "boxed"
    wrong: float = 0.0
    format_share: float = 0.0


_BOXED, _ANY, _DAPO = Rule(), Rule("auto"), Rule("auto", wrong=-1.0)

RULES = {
    "openai/gsm8k": _ANY,
    "lighteval/MATH": _BOXED,
    "DigitalLearningGmbH/MATH-lighteval": _BOXED,
    "HuggingFaceH4/MATH-500": _BOXED,
    "math_dapo": _DAPO,
    "math": _DAPO,
    "math_dapo_reasoning": _DAPO,
    "numina_aops_forum": _BOXED,
    "numina_synthetic_math": _BOXED,
    "numina_amc_aime": _BOXED,
    "numina_synthetic_amc": _BOXED,
    "numina_cn_k12": _BOXED,
    "numina_olympiads": _BOXED,
    "deepscaler": _BOXED,
    "hiyouga/geometry3k": Rule(format_share=0.1),
}
"""The sources that are graded here; those whose name begins with ``aime`` are `math_dapo`'s."""


def compute_score(
    data_source: str,
    solution_str: str,
    ground_truth: Any,
    extra_info: Mapping[str, Any] | None = None,
    **kwargs: Any,
) -> dict[str, Any]:
    r"""Score one response by its data source, in verl's reward function signature.

    Args:
        data_source: the row's; which of them are graded here is said once in the log.
        solution_str: the response, without the prompt.
        ground_truth: the right answer, or a list of which any one is right; None, or one that no
            answer can be shown to be, is never matched.
        extra_info: handed on to verl for other sources.
        **kwargs: likewise.

    Returns:
        The same keys for every source, so that a batch of mixed ones can be joined: ``score`` (as
        verl's verifier of the source has it: 1 for a right answer, 0 or -1 for a wrong one),
        ``acc`` (1.0 or 0.0), ``pred`` (the answer, empty where there is none) and ``unscored`` (1.0
        where the ground truth cannot be graded). For a source of verl's: its score, and as ``acc``
        its own, or else the score.

    Raises:
        TypeError: a response or ground truth of another type.
        NotImplementedError: a source that verl does not know either.

    Example:
        >>> compute_score("openai/gsm8k", "2 + 3 = 5\n#### 5", "5")
        {'score': 1.0, 'acc': 1.0, 'pred': '5', 'unscored': 0.0}
        >>> compute_score("math_dapo", "Answer: $\\frac{1}{2}$", "0.6")["score"]
        -1.0
    """
    rule = rule_of(data_source)
    if rule is None:
        return _by_verl(data_source, solution_str, ground_truth, extra_info, kwargs)
    _say(data_source)
    if not isinstance(solution_str, str):
        raise TypeError(f"solution_str must be a str, got {type(solution_str).__name__}")
    truth = [] if ground_truth is None else ground_truth
    answer, right = _lead_rs.graded(solution_str, truth, _config(rule.extract))
    unscored = not right and _lead_rs.unreadable(truth) is not None
    score = 1.0 if right else rule.wrong
    if rule.format_share:
        score = (1 - rule.format_share) * score + rule.format_share * _thinks(solution_str)
    acc, pred = float(right), answer or ""
    return {"score": score, "acc": acc, "pred": pred, UNSCORED: float(unscored)}


def rule_of(data_source: str) -> Rule | None:
    """The rule of a source that is graded here."""
    if data_source.startswith("aime"):
        return _DAPO
    return RULES.get(data_source)


def _by_verl(
    data_source: str,
    solution_str: str,
    ground_truth: Any,
    extra_info: Mapping[str, Any] | None,
    kwargs: Mapping[str, Any],
) -> dict[str, Any]:
    from verl.utils.reward_score import default_compute_score

    scored = default_compute_score(  # type: ignore[no-untyped-call]
        data_source, solution_str, ground_truth, extra_info, **kwargs
    )
    given = scored if isinstance(scored, Mapping) else {"score": scored}
    score = float(given["score"])
    acc, pred = given.get("acc", score), given.get("pred", "")
    return {"score": score, "acc": float(acc), "pred": pred, UNSCORED: 0.0}


def _thinks(response: str) -> bool:
    """Whether it is thoughts between tags and then a box, as geometry3k's format asks."""
    thoughts_end, box = response.find("</think>"), response.rfind(r"\boxed{")
    return response.startswith("<think>") and 0 < thoughts_end < box < response.rfind("}")


@functools.cache
def _config(extract: str) -> _lead_rs.RewardConfig:
    return _lead_rs.RewardConfig(extract=extract)  # type: ignore[arg-type]


@functools.cache
def _say(data_source: str) -> None:
    _logger.info("data source %r is graded by lead_rs", data_source)
