"""The checks over a run's rollouts."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any, Literal, TypeAlias

import numpy as np

from lead_rs._errors import CommandError
from lead_rs._lead_rs import LeadConfig
from lead_rs.lint.checks import CHECKS, Check, Counts
from lead_rs.lint.responses import Responses, grpo, lead
from lead_rs.replay.simulation import resumed, take
from lead_rs.runs.rollouts import Step

Estimator: TypeAlias = Literal["lead", "grpo"]
SCORE = "score"


@dataclasses.dataclass(frozen=True)
class Finding:
    """What a check has found over all steps.

    Attributes:
        check: the check.
        counts: over all steps that it knows of; None where it knows of none.
    """

    check: Check
    counts: Counts | None

    @property
    def value(self) -> float | None:
        """The share; None where there was nothing to look at."""
        return self.counts.faults / self.counts.of if self.counts and self.counts.of else None

    @property
    def is_fault(self) -> bool:
        """Whether the share is above the check's threshold."""
        return self.value is not None and self.value > self.check.threshold

    def to_dict(self) -> dict[str, Any]:
        """As JSON data."""
        return {
            "name": self.check.name,
            "value": self.value,
            "threshold": self.check.threshold,
            "fault": self.is_fault if self.value is not None else None,
            "count": self.counts.of if self.counts else 0,
            "of": self.check.of,
            "what": self.check.what,
            "meaning": self.check.meaning,
            "setting": self.check.setting,
        }


def lint(
    steps: Sequence[Step],
    *,
    config: LeadConfig | None = None,
    estimator: Estimator = "lead",
    state: dict[str, Any] | None = None,
    max_response_length: int | None = None,
    checks: Sequence[Check] = CHECKS,
) -> list[Finding]:
    """Look for what is wrong with the advantages of rollouts.

    Args:
        steps: as from `lead_rs.replay.load_rollouts`; for ``grpo`` with the reward ``score``.
        config: LEAD's settings; default ``LeadConfig()``.
        estimator: whose advantages: ``lead``'s, or ``grpo``'s of the scores.
        state: of `WeightController`, what LEAD starts from.
        max_response_length: the run's limit, tokens; longer or as long is cut off.
        checks: what to look for.

    Returns:
        A finding for each check.

    Raises:
        CommandError: a step that LEAD refuses, or for ``grpo`` one without scores, naming it; a
            state of rewards with other names.

    Example:
        >>> step = Step(1, np.ones(3), np.array([10.0, 20, 40]), ["p"] * 3)
        >>> config = LeadConfig(lstar_mode="upper_only", lstar_min=1)
        >>> findings = lint([step], config=config)
        >>> findings[0].check.name, findings[0].counts
        ('correct_punished', Counts(faults=1, of=3))
    """
    totals: dict[str, Counts] = {}
    for responses in _judged(steps, config or LeadConfig(), estimator, state):
        responses = _limited(responses, max_response_length)
        for check in checks:
            if (counts := check.count(responses)) is not None:
                before = totals.get(check.name, Counts(0, 0))
                totals[check.name] = Counts(before.faults + counts.faults, before.of + counts.of)
    return [Finding(check, totals.get(check.name)) for check in checks]


def _judged(
    steps: Sequence[Step],
    config: LeadConfig,
    estimator: Estimator,
    state: dict[str, Any] | None,
) -> Iterator[Responses]:
    controller = resumed(config, state)
    for step in steps:
        batch = step.correctness, step.response_length, step.index
        if estimator == "lead":
            responses = lead(*batch, take(step, controller), config)
        elif SCORE in step.rewards:
            responses = grpo(*batch, step.rewards[SCORE])
        else:
            raise CommandError(f"step {step.number} has no scores, which GRPO's advantages are of")
        yield dataclasses.replace(responses, truncated=step.truncated, unread=step.unread)


def _limited(responses: Responses, limit: int | None) -> Responses:
    if limit is None:
        return responses
    return dataclasses.replace(responses, truncated=np.asarray(responses.length >= limit))
