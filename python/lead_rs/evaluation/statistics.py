"""What the graded responses to a set say: accuracy, pass@n, lengths, truncation, AES."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from lead_rs._errors import LeadError

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


class Problems(NamedTuple):
    """The responses to a set of P problems, averaged over each problem's samples.

    Attributes:
        correct: [P] in [0, 1].
        tokens: [P].
    """

    correct: FloatArray
    tokens: FloatArray

    @classmethod
    def of(cls, responses: Responses) -> Problems:
        """Average a set's responses."""
        return cls(responses.correct.mean(axis=1), responses.tokens.mean(axis=1))


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
    # The samples of a problem stay together.
    resampled = np.mean(
        [_resampled(each.correct.mean(axis=1)[None], rng)[0] for each in sets], axis=0
    )
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
    run, base = (accuracy, tokens), (base_accuracy, base_tokens)
    return float(aes_of(*map(np.asarray, run), *map(np.asarray, base), weights=weights))


def aes_of(
    accuracy: FloatArray,
    tokens: FloatArray,
    base_accuracy: FloatArray,
    base_tokens: FloatArray,
    *,
    weights: AesWeights,
) -> FloatArray:
    """The accuracy-efficiency scores of arrays, as `aes`."""
    defined = (base_accuracy > 0) & (base_tokens > 0)
    shorter = (base_tokens - tokens) / np.where(defined, base_tokens, np.nan)
    better = (accuracy - base_accuracy) / np.where(defined, base_accuracy, np.nan)
    factor = np.where(better >= 0, weights.better, weights.worse)
    return np.asarray(weights.length * shorter + factor * better)


class Interval(NamedTuple):
    """A value and its 95% bootstrap interval over problems; NaN where undefined."""

    value: float
    low: float
    high: float


class Change(NamedTuple):
    """What became of a base run's numbers.

    Attributes:
        accuracy: the difference.
        tokens: the difference in mean length, as a share of the base's.
        aes: the accuracy-efficiency score.
    """

    accuracy: Interval
    tokens: Interval
    aes: Interval


def change(
    run: Mapping[str, Problems],
    base: Mapping[str, Problems],
    weights: AesWeights = AesWeights(),  # noqa: B008  (immutable)
    *,
    seed: int = 0,
) -> Change:
    """Compare two runs on the same problems, averaged over sets.

    The bootstrap is paired: both are taken on the same resampled problems, so that what makes a
    problem hard for both isn't taken for a difference.

    Args:
        run: the problems of each set.
        base: the same of the base run.
        weights: of the accuracy-efficiency score.
        seed: of the bootstrap, which resamples each set's problems 10,000 times.

    Returns:
        A `Change`.

    Raises:
        LeadError: other sets, or other numbers of problems.

    Example:
        >>> tokens = np.full(4, 100.0)
        >>> base = {"set": Problems(np.array([1, 0, 1, 0.5]), tokens)}
        >>> run = {"set": Problems(np.array([1, 0, 1, 0.5]), tokens / 2)}
        >>> found = change(run, base)
        >>> found.accuracy, found.tokens.value, found.aes.value
        (Interval(value=0.0, low=0.0, high=0.0), -0.5, 0.5)
    """
    shapes = [{name: len(each.correct) for name, each in runs.items()} for runs in (run, base)]
    if shapes[0] != shapes[1]:
        raise LeadError(f"run and base must have the same problems, got {shapes[0]}, {shapes[1]}")
    rng = np.random.default_rng(seed)
    columns = {name: np.stack([*run[name], *base[name]]) for name in run}  # [4, P] each
    whole = np.mean([each.mean(axis=1) for each in columns.values()], axis=0)
    resampled = np.mean([_resampled(each, rng) for each in columns.values()], axis=0)
    value, resamples = (list(_changes(each, weights)) for each in (whole, resampled))
    return Change(
        *(
            Interval(float(point), *map(float, np.quantile(spread, [0.025, 0.975])))
            for point, spread in zip(value, resamples, strict=True)
        )
    )


def _changes(numbers: FloatArray, weights: AesWeights) -> Iterator[FloatArray]:
    accuracy, tokens, base_accuracy, base_tokens = numbers
    yield accuracy - base_accuracy
    yield tokens / np.where(base_tokens > 0, base_tokens, np.nan) - 1
    yield aes_of(accuracy, tokens, base_accuracy, base_tokens, weights=weights)


def _resampled(numbers: FloatArray, rng: np.random.Generator) -> FloatArray:
    """[K, RESAMPLES] means over resampled problems of [K, P] numbers."""
    count = numbers.shape[1]
    means = np.empty((len(numbers), RESAMPLES))
    for start in range(0, RESAMPLES, 1000):  # in pieces: all at once would be large
        chosen = rng.integers(0, count, (1000, count))
        means[:, start : start + 1000] = numbers[:, chosen].mean(axis=2)
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
