"""A step's responses with the advantages they got, as the checks look at them."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from lead_rs import _arrays
from lead_rs._estimator import LeadOutput
from lead_rs._lead_rs import LeadConfig

Floats: TypeAlias = npt.NDArray[np.float64]
Bools: TypeAlias = npt.NDArray[np.bool_]

_STD_GUARD = 1e-6


@dataclasses.dataclass(frozen=True, eq=False)
class Responses:
    """One step's B responses; what is None is not known, and not checked.

    Attributes:
        correct: [B] bool; an empty response is not.
        length: [B] float64, tokens.
        group: [B] int64, the number of the response's prompt, from 0.
        advantage: [B] float64, on each of the response's tokens.
        targets: a target length for each prompt that has one of its own, tokens.
        metrics: the step's ``lead/*`` metrics.
        config: the settings that led to them.
        truncated: [B] bool, whether a response was cut off at the run's limit.
        unread: [B] bool, whether the grader could read no answer in it.
    """

    correct: Bools
    length: Floats
    group: npt.NDArray[np.int64]
    advantage: Floats
    targets: Floats | None = None
    metrics: dict[str, float] | None = None
    config: LeadConfig | None = None
    truncated: Bools | None = None
    unread: Bools | None = None

    @property
    def prompts(self) -> int:
        """The number of prompts."""
        return int(self.group.max()) + 1

    @property
    def solved(self) -> Bools:
        """Of each prompt, whether a response to it is correct."""
        return np.bincount(self.group, self.correct, self.prompts) > 0


def lead(
    correctness: Any,
    response_length: Any,
    index: Sequence[Any],
    output: LeadOutput,
    config: LeadConfig,
) -> Responses:
    """Responses with what a step of LEAD gave them.

    Args:
        correctness: [B], above 0.5 is correct.
        response_length: [B] tokens.
        index: [B] prompt uids.
        output: the step's result.
        config: its settings.

    Returns:
        The responses.

    Example:
        >>> import lead_rs
        >>> batch = [1, 1, 0], [1200, 2600, 900], ["p", "p", "p"]
        >>> config = LeadConfig(lstar_mode="max_sym")
        >>> responses = lead(*batch, lead_rs.compute_advantage(*batch, config=config), config)
        >>> responses.targets.tolist()
        [1900.0]
    """
    length = np.asarray(response_length, np.float64)
    group, first = _groups(index)
    correct = (np.asarray(correctness, np.float64) > 0.5) & (length > 0)
    targets = None
    if output.target_length is not None:
        targets = np.asarray(_arrays.to_numpy(output.target_length), np.float64)[first]
        if config.aggregator != "mean_all":
            targets = targets[np.bincount(group, correct, len(first)) > 0]
    return Responses(
        correct=correct,
        length=length,
        group=group,
        advantage=np.asarray(_arrays.to_numpy(output.advantages), np.float64),
        targets=targets,
        metrics=output.metrics,
        config=config,
    )


def grpo(correctness: Any, response_length: Any, index: Sequence[Any], score: Any) -> Responses:
    """Responses with GRPO's advantages: each score less its group's mean, by its deviation.

    A response that is its prompt's only one gets 0.

    Args:
        correctness: [B], above 0.5 is correct.
        response_length: [B] tokens.
        index: [B] prompt uids.
        score: [B] what the run was rewarded with, length and all.

    Returns:
        The responses.

    Example:
        >>> grpo([1, 0], [10, 20], ["p", "p"], [1.0, 0.0]).advantage.round(3).tolist()
        [0.707, -0.707]
    """
    length, score = np.asarray(response_length, np.float64), np.asarray(score, np.float64)
    group, first = _groups(index)
    size = np.bincount(group, minlength=len(first))
    away = score - (np.bincount(group, score, len(first)) / size)[group]
    # Equal scores are no news, whatever their mean is rounded to.
    differ = np.bincount(group, score != score[first][group], len(first)) > 0
    away[~differ[group]] = 0.0
    spread = np.sqrt(np.bincount(group, away**2, len(first)) / np.maximum(size - 1, 1))
    return Responses(
        correct=(np.asarray(correctness, np.float64) > 0.5) & (length > 0),
        length=length,
        group=group,
        advantage=away / (spread + _STD_GUARD)[group],
    )


def _groups(index: Sequence[Any]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """[B] dense ids in order of first appearance, and the first row of each."""
    ids: dict[Any, int] = {}
    group = np.array([ids.setdefault(uid, len(ids)) for uid in index], np.int64)
    first = np.empty(len(ids), np.int64)
    first[group[::-1]] = np.arange(len(group))[::-1]
    return group, first
