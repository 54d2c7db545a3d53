"""The checks: what each counts, what the number means, and what changes it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lead_rs._lead_rs import LeadConfig
from lead_rs.lint.responses import Floats, Responses

NEAR_ZERO = 0.05
"""How close to 0 a mean is to be near it, in parts of its reward's range."""


class Counts(NamedTuple):
    """How many of how many, in one step or over several.

    Attributes:
        faults: those that the check is about.
        of: those that were looked at; 0 where there was none to look at.
    """

    faults: int
    of: int


@dataclasses.dataclass(frozen=True)
class Check:
    """One thing that can be wrong.

    Attributes:
        name: in the table and in JSON; ``lead/lint_<name>`` in training.
        of: what is looked at.
        what: what is found of some of them.
        meaning: what a high share does to the run.
        setting: what changes it.
        threshold: a share above it is a fault.
        needs: what of the rollouts it takes, to be said where that is not known.
        count: takes a step's responses; None where it does not know.
        of_length: whether only a length reward can cause it.
        cheap: whether it takes nothing that a training step does not know anyway.
    """

    name: str
    of: str
    what: str
    meaning: str
    setting: str
    threshold: float
    count: Callable[[Responses], Counts | None]
    needs: str = ""
    of_length: bool = False
    cheap: bool = True


def correct_punished(responses: Responses) -> Counts:
    """Correct responses with a negative advantage, where another to the prompt has more.

    The other is what tells a length reward from the whitening, which moves all of a prompt's.
    """
    correct, advantage = responses.correct, responses.advantage
    best = np.full(responses.prompts, -np.inf)
    np.maximum.at(best, responses.group[correct], advantage[correct])
    faults = correct & (advantage < 0) & (advantage < best[responses.group])
    return Counts(int(faults.sum()), int(correct.sum()))


def wrong_by_length(responses: Responses) -> Counts:
    """Unsolved prompts whose answers have the more, or the less, advantage the longer they are.

    Of those with three different lengths at least: two are always in some order.
    """
    there = ~responses.solved[responses.group] & (responses.length > 0)
    order = np.flatnonzero(there)
    order = order[np.lexsort((responses.length[order], responses.group[order]))]
    group = responses.group[order]
    same = group[1:] == group[:-1]
    longer = np.diff(responses.length[order]) > 0
    change = np.sign(np.diff(responses.advantage[order]))

    def has(pairs: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        return np.bincount(group[1:][same & pairs], minlength=responses.prompts) > 0

    lengths = np.bincount(group[1:][same & longer], minlength=responses.prompts) + 1
    looked_at = lengths >= 3
    ranked = has(change > 0) ^ has(change < 0)
    by_length = ranked & ~has(~longer & (change != 0))
    return Counts(int((looked_at & by_length).sum()), int(looked_at.sum()))


def wrong_above_right(responses: Responses) -> Counts:
    """Correct responses with less advantage than a wrong one that is shorter, of their prompt."""
    group, length = responses.group, responses.length
    order = np.flatnonzero(length > 0)
    order = order[np.lexsort((length[order], group[order]))]
    group, length, correct = group[order], length[order], responses.correct[order]
    # In whole numbers, so that a prompt's are above those of the prompts before, exactly.
    rank = np.unique(responses.advantage[order], return_inverse=True)[1].astype(np.int64) + 1
    base = group * (len(order) + 1)
    highest = np.maximum.accumulate(base + np.where(correct, 0, rank))
    begins = np.ones(len(order), bool)
    begins[1:] = (np.diff(group) != 0) | (np.diff(length) > 0)
    # Where the responses of this length begin: those before are shorter, or of another prompt.
    start = np.maximum.accumulate(np.where(begins, np.arange(len(order)), 0))
    shorter = np.where(start > 0, highest[start - 1] - base, 0)
    solved_and_not = responses.solved & (
        np.bincount(group, ~correct, minlength=responses.prompts) > 0
    )
    looked_at = correct & solved_and_not[group]
    return Counts(int((looked_at & (shorter > rank)).sum()), int(looked_at.sum()))


def truncated_wrong(responses: Responses) -> Counts | None:
    """Truncated responses among the wrong ones."""
    if responses.truncated is None:
        return None
    wrong = ~responses.correct & (responses.length > 0)
    return Counts(int((wrong & responses.truncated).sum()), int(wrong.sum()))


def no_variance(responses: Responses) -> Counts:
    """Prompts whose responses are all correct, or all wrong."""
    share = np.bincount(responses.group, responses.correct) / np.bincount(responses.group)
    return Counts(int(((share == 0) | (share == 1)).sum()), responses.prompts)


def unread(responses: Responses) -> Counts | None:
    """Responses, of those that were not cut off, in which no answer could be read."""
    if responses.unread is None:
        return None
    whole = responses.length > 0
    if responses.truncated is not None:
        whole &= ~responses.truncated
    return Counts(int((whole & responses.unread).sum()), int(whole.sum()))


def near_zero_mean(responses: Responses) -> Counts | None:
    """Whether a reward whose mean is nearly 0 gets more than its equal share of the weights."""
    config, metrics = responses.config, responses.metrics
    if config is None or metrics is None or config.instability != "cv":
        return None
    if config.static_lambda_corr is not None or config.static_weights is not None:
        return None
    if config.rewards is None:
        ranges = {"corr": 1.0, "eff": 2.0}
        mean = {name: metrics[f"lead/mu_{name}"] for name in ranges}
        target = {name: metrics[f"lead/target_w_{name}"] for name in ranges}
    else:
        ranges = {reward["name"]: reward["max"] - reward["min"] for reward in config.rewards}
        mean = {name: metrics[f"lead/reward_{name}/mu"] for name in ranges}
        target = {name: metrics[f"lead/reward_{name}/target_w"] for name in ranges}
    if len(ranges) == 1:
        return None
    driven = any(
        abs(mean[name]) < NEAR_ZERO * width and target[name] > 1 / len(ranges)
        for name, width in ranges.items()
    )
    return Counts(int(driven), 1)


def clamped(responses: Responses) -> Counts | None:
    """Target lengths that are one of their bounds."""
    if responses.targets is None or responses.config is None:
        return None
    return Counts(
        int(np.isin(responses.targets, _bounds(responses.config)).sum()), len(responses.targets)
    )


def _bounds(config: LeadConfig) -> Floats:
    return np.array([config.lstar_min, config.bmax])


CLAMPED = Check(
    "clamped",
    "target lengths",
    "are lstar_min or bmax",
    "lengths are measured by the bound, the same for every prompt, not by the model's own",
    "lstar_min (lower), bmax (higher)",
    0.9,
    clamped,
    needs="LEAD's target lengths, and a solved prompt",
)

CHECKS = (
    Check(
        "correct_punished",
        "correct responses",
        "have a negative advantage that another correct one to their prompt does not have",
        "the policy unlearns right answers for their length (or another reward beside correctness)",
        "lambda_min (higher), or rewards with a floor for correctness",
        0.25,
        correct_punished,
        of_length=True,
    ),
    Check(
        "wrong_by_length",
        "unsolved prompts",
        "have their wrong answers ranked by length",
        "on what it cannot solve the policy learns to be long, or to give up early",
        "unsolved=neutral",
        0.1,
        wrong_by_length,
        needs="an unsolved prompt with three different lengths",
        of_length=True,
    ),
    Check(
        "wrong_above_right",
        "correct responses to half-solved prompts",
        "are below a shorter wrong one",
        "a quick wrong answer is worth more than a long right one",
        "lambda_min (higher), or rewards with over: correct",
        0.02,
        wrong_above_right,
        needs="a prompt with right and wrong responses",
        of_length=True,
    ),
    Check(
        "truncated_wrong",
        "wrong responses",
        "were cut off",
        "they are wrong for want of room, and accuracy measures the limit",
        "data.max_response_length, in TRL max_completion_length",
        0.25,
        truncated_wrong,
        needs="the run's limit (--max-response-length), or a column truncated",
        cheap=False,
    ),
    Check(
        "no_variance",
        "prompts",
        "have responses that are all right or all wrong",
        "correctness says nothing about them: they cost rollouts and leave length alone to learn",
        "actor_rollout_ref.rollout.n (higher; in TRL num_generations), algorithm.filter_groups, "
        "other prompts",
        0.75,
        no_variance,
    ),
    Check(
        "unread",
        "whole responses",
        "have no answer that could be read",
        "they count as wrong, whatever they say: the prompt or the reward expects another form",
        "the prompt's format, the reward's extract",
        0.1,
        unread,
        needs="outputs and truths, as in verl's dumps, or a column unread",
        cheap=False,
    ),
    Check(
        "near_zero_mean",
        "steps",
        "give a reward whose mean is near 0 more than an equal share of the weights",
        "its weight follows from dividing by almost 0, and not from how unstable it is",
        "instability=range, idle=hold",
        0.1,
        near_zero_mean,
        needs="two rewards at least, weights that LEAD sets, and instability=cv",
    ),
    CLAMPED,
)
