"""What the graded responses to a set say: accuracy, pass@n, lengths, truncation, AES."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

FloatArray: TypeAlias = npt.NDArray[np.float64]

RESAMPLES = 10_000

LONG = 4096
"""Tokens above which a response is a long one, as the authors of LEAD count them."""


@dataclasses.dataclass(frozen=True, eq=False)
class Responses:
    """The graded responses to a set of P problems, n samples each.

    Attributes:
        correct: [P, n] of 0 and 1.
        tokens: [P, n], whole numbers.
        truncated: [P, n] of 0 and 1, whether the limit cut the response off.
    """

    correct: FloatArray
    tokens: FloatArray
    truncated: FloatArray


@dataclasses.dataclass(frozen=True)
class Summary:
    """Numbers over one set, or averaged over sets. NaN where undefined.

    Attributes:
        accuracy: mean over samples and problems.
        standard_error: of the accuracy, from the spread between the n samples of the whole set:
            how much another run with other seeds would differ. NaN for one sample.
        interval: the 95% bootstrap interval of the accuracy over problems: how much other problems
            of the same kind would differ.
        pass_at_n: the share of problems with at least one correct response.
        tokens: mean length of all responses.
        tokens_correct: of the correct ones.
        truncated: the share of responses that the limit cut off.
        long: the share of responses of more than `LONG` tokens. NaN in a record that has none.
    """

    accuracy: float
    standard_error: float
    interval: tuple[float, float]
    pass_at_n: float
    tokens: float
    tokens_correct: float
    truncated: float
    long: float = math.nan

    def to_dict(self) -> dict[str, Any]:
        """As JSON data, null for NaN."""
        return {name: _json(value) for name, value in dataclasses.asdict(self).items()}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Summary:
        """The reverse of `to_dict`."""
        low, high = (_number(value) for value in data["interval"])
        rest = {name: _number(data[name]) for name in data if name != "interval"}
        return cls(interval=(low, high), **rest)


def summarise(sets: Sequence[Responses], *, seed: int = 0) -> Summary:
    """Summarise the responses to one set, or the unweighted average over several.

    Args:
        sets: the responses to each set.
        seed: of the bootstrap, which resamples each set's problems 10,000 times.

    Returns:
        A `Summary`.

    Example:
        >>> tokens = np.full((3, 2), 100.0)
        >>> right = np.array([[1, 1], [0, 1], [0, 0]], float)
        >>> summary = summarise([Responses(right, tokens, 0 * tokens)])
        >>> summary.accuracy, round(summary.standard_error, 3), round(summary.pass_at_n, 3)
        (0.5, 0.167, 0.667)
    """
    rng = np.random.default_rng(seed)
    resampled = np.mean([_bootstrap(each.correct, rng) for each in sets], axis=0)
    low, high = np.quantile(resampled, [0.025, 0.975])
    errors = [_standard_error(each.correct) for each in sets]
    return Summary(
        accuracy=_mean(each.correct.mean() for each in sets),
        standard_error=math.sqrt(sum(error**2 for error in errors)) / len(sets),
        interval=(float(low), float(high)),
        pass_at_n=_mean(each.correct.max(axis=1).mean() for each in sets),
        tokens=_mean(each.tokens.mean() for each in sets),
        tokens_correct=_mean(_of_correct(each) for each in sets),
        truncated=_mean(each.truncated.mean() for each in sets),
        long=_mean((each.tokens > LONG).mean() for each in sets),
    )


class AesWeights(NamedTuple):
    """What the accuracy-efficiency score weighs: shorter, better, worse."""

    length: float = 1.0
    better: float = 3.0
    worse: float = 5.0


def aes(
    accuracy: float,
    tokens: float,
    base_accuracy: float,
    base_tokens: float,
    weights: AesWeights = AesWeights(),  # noqa: B008  (immutable)
) -> float:
    """Score accuracy and efficiency against a base model (O1-Pruner, arXiv:2501.12570).

    With dL = (base_tokens - tokens) / base_tokens and dA = (accuracy - base_accuracy) /
    base_accuracy: ``length * dL + better * dA`` if dA >= 0, else ``length * dL - worse * |dA|``.

    Args:
        accuracy: in [0, 1], or in percent as the base's.
        tokens: mean length.
        base_accuracy: the base model's.
        base_tokens: the base model's.
        weights: default 1, 3, 5.

    Returns:
        The score; NaN if the base model is never right or its responses are empty.

    Example:
        >>> round(aes(0.55, 3000, 0.50, 6000), 3), round(aes(0.45, 3000, 0.50, 6000), 3)
        (0.8, 0.0)
    """
    if not (base_accuracy > 0 and base_tokens > 0):
        return math.nan
    shorter = (base_tokens - tokens) / base_tokens
    better = (accuracy - base_accuracy) / base_accuracy
    return weights.length * shorter + (weights.better if better >= 0 else weights.worse) * better


def _bootstrap(correct: FloatArray, rng: np.random.Generator) -> FloatArray:
    """The accuracies of resampled sets. The samples of a problem stay together."""
    per_problem = correct.mean(axis=1)
    count = len(per_problem)
    means = np.empty(RESAMPLES)
    for start in range(0, RESAMPLES, 1000):  # in pieces: all at once would be large
        chosen = rng.integers(0, count, (1000, count))
        means[start : start + 1000] = per_problem[chosen].mean(axis=1)
    return means


def _standard_error(correct: FloatArray) -> float:
    samples = correct.mean(axis=0)
    return float(samples.std(ddof=1) / math.sqrt(len(samples))) if len(samples) > 1 else math.nan


def _of_correct(responses: Responses) -> float:
    chosen = responses.tokens[responses.correct > 0]
    return float(chosen.mean()) if chosen.size else math.nan


def _mean(values: Any) -> float:
    return float(np.mean(list(values)))


def _json(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_json(each) for each in value]
    return None if isinstance(value, float) and math.isnan(value) else value


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)
