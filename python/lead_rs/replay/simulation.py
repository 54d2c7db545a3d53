"""LEAD's steps over recorded rollouts, and what they would have rewarded."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from lead_rs._errors import CommandError
from lead_rs._estimator import LeadOutput, compute_advantage
from lead_rs._lead_rs import LeadConfig, WeightController
from lead_rs.runs.rollouts import Step

CLASSES = (
    "correct, short",
    "correct, long",
    "wrong, short",
    "wrong, long",
    "unsolved, short",
    "unsolved, long",
)
"""Classes of responses. Short: no longer than its prompt's mean length. Unsolved: a wrong response
to a prompt without a correct one. They don't depend on the settings, so that settings compare."""


@dataclasses.dataclass(frozen=True)
class Replay:
    """What one setting would have done.

    Attributes:
        label: what it is called in tables and pictures.
        config: the settings.
        steps: the steps' numbers; one of several batches is there as often.
        metrics: every ``lead/*`` metric, a dict per step.
        advantages: the mean advantage per class of `CLASSES`, a list per step; NaN where the step
            has no such response.
        pull: per class over the whole run.
    """

    label: str
    config: LeadConfig
    steps: list[int]
    metrics: list[dict[str, float]]
    advantages: list[list[float]]
    pull: list[float]

    def curve(self, metric: str) -> list[float]:
        """One metric over the steps; NaN where the settings have no such metric."""
        return [row.get(metric, float("nan")) for row in self.metrics]

    def weights(self) -> dict[str, str]:
        """The metric that has each reward's weight, by the reward's name, the anchor first."""
        if self.config.rewards is None:
            return {"correctness": "lead/w_corr", "efficiency": "lead/w_eff"}
        names = [reward["name"] for reward in self.config.rewards]
        return {name: f"lead/reward_{name}/w" for name in names}


def replay(
    steps: Sequence[Step],
    config: LeadConfig,
    *,
    label: str = "",
    state: dict[str, Any] | None = None,
) -> Replay:
    """Take LEAD's steps over recorded rollouts.

    Args:
        steps: the rollouts, as from `load_rollouts`, with the rewards that the settings list.
        config: the settings.
        label: what to call them.
        state: of `WeightController`, where the weights start; default: as at a run's first step.

    Returns:
        A `Replay`.

    Raises:
        CommandError: a step that LEAD refuses (a NaN score, a negative length, ...), naming it; a
            state of rewards with other names.

    Example:
        >>> import numpy as np
        >>> step = Step(1, np.array([1.0, 1, 0]), np.array([900.0, 2600, 4000]), ["p"] * 3)
        >>> replay([step], LeadConfig(lstar_mode="max_sym")).curve("lead/lstar_mean")
        [1750.0]
    """
    controller = resumed(config, state, label or "state")
    metrics: list[dict[str, float]] = []
    per_step: list[list[float]] = []
    classes: list[npt.NDArray[np.int64]] = []
    advantages: list[npt.NDArray[np.float64]] = []
    for step in steps:
        output = take(step, controller)
        metrics.append(output.metrics)
        advantages.append(np.asarray(output.advantages, np.float64))
        classes.append(classify(step))
        per_step.append(_means(advantages[-1], classes[-1]))
    pull = _means(np.concatenate(advantages), np.concatenate(classes)) if steps else []
    return Replay(label, config, [step.number for step in steps], metrics, per_step, pull)


def classify(step: Step) -> npt.NDArray[np.int64]:
    """Each response's place in `CLASSES`, [B]; -1 for an empty one."""
    index, group = np.unique(np.array(step.index, dtype=object), return_inverse=True)
    size = np.bincount(group, minlength=len(index))
    mean_length = np.bincount(group, step.response_length, len(index)) / size
    correct = (step.correctness > 0.5) & (step.response_length > 0)
    solved = np.bincount(group, correct, len(index)) > 0
    kind = np.where(correct, 0, np.where(solved[group], 2, 4))
    kind += step.response_length > mean_length[group]
    return np.where(step.response_length > 0, kind, -1).astype(np.int64)


def resumed(
    config: LeadConfig, state: dict[str, Any] | None, label: str = "state"
) -> WeightController:
    """A controller that goes on from a state, if there is one.

    Raises:
        CommandError: the state is of other rewards, or is none; it begins with the label.
    """
    controller = WeightController(config)
    if state is not None:
        try:
            controller.load_state_dict(state)
        except ValueError as error:
            raise CommandError(f"{label}: {error}") from None
    return controller


def take(step: Step, controller: WeightController) -> LeadOutput:
    """Take LEAD's step over recorded rollouts, of whose rewards the settings need some.

    Raises:
        CommandError: LEAD refuses the step, which is named.
    """
    keys = controller.config.reward_keys
    if missing := [key for key in keys if key not in step.rewards]:
        raise CommandError(f"step {step.number} has no {', '.join(missing)}")
    try:
        controller.enter_step(step.number)
        return compute_advantage(
            step.correctness,
            step.response_length,
            step.index,
            rewards={key: step.rewards[key] for key in keys},
            controller=controller,
        )
    except ValueError as error:
        raise CommandError(f"step {step.number}: {error}") from error


def _means(advantages: npt.NDArray[np.float64], classes: npt.NDArray[np.int64]) -> list[float]:
    return [
        float(advantages[classes == kind].mean()) if (classes == kind).any() else float("nan")
        for kind in range(len(CLASSES))
    ]
