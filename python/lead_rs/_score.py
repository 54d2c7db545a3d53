"""Rewards of responses, one or a batch: arguments as users have them, the Rust core behind them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, TypedDict, TypeVar

from lead_rs import _arrays, _lead_rs
from lead_rs._errors import LeadError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from typing_extensions import Unpack

    from lead_rs._lead_rs import _Extract, _FormatMode, _LengthMode, _Tolerance


class Undecided(NamedTuple):
    """A row that the grader is undecided about: its place in the batch, its answer, its truth."""

    row: int
    answer: str
    ground_truth: GroundTruth


class Unreadable(NamedTuple):
    """A ground truth that no answer can be shown to be: its row, itself, and why."""

    row: int
    truth: GroundTruth | None
    reason: str


Fallback: TypeAlias = "Callable[[list[Undecided]], Iterable[bool]]"
GroundTruth: TypeAlias = "str | float | Sequence[str | float] | npt.NDArray[Any]"
AnyFunction = TypeVar("AnyFunction", bound=Callable[..., Any])


class GradingSettings(TypedDict, total=False):
    """The keywords by which answers are graded; the core has their defaults."""

    require_simplified: bool
    tolerance: _Tolerance
    extract: _Extract
    after_think: bool


class RewardSettings(GradingSettings, total=False):
    """The keywords of `score` and `score_batch`."""

    correct_reward: float
    length_reward: float
    length_threshold: float
    length_max: float
    length_mode: _LengthMode
    use_format: bool
    format_reward: float
    format_mode: _FormatMode


def _showing_settings(function: AnyFunction) -> AnyFunction:
    """Decorate a function of ``**settings``: its signature shows them, with their defaults."""
    signature = inspect.signature(function)
    config = inspect.signature(_lead_rs.RewardConfig)
    both = [*signature.parameters.values(), *config.parameters.values()]
    shown = signature.replace(parameters=[p for p in both if p.kind is not p.VAR_KEYWORD])
    function.__signature__ = shown  # type: ignore[attr-defined]
    return function


@_showing_settings
def score(
    response: str,
    ground_truth: GroundTruth,
    *,
    response_length: float | None = None,
    **settings: Unpack[RewardSettings],
) -> dict[str, float]:
    r"""Score one response: what its answer earns, and its length and format.

    Args:
        response: the response, without its prompt (which may contain a ``\boxed{}`` itself).
        ground_truth: the right answer, or what holds it in a ``\boxed{}``: a str; a number, for the
            text Python shows for it; or a list, tuple or array of them, of which any one is right.
            An empty one is never matched.
        response_length: the response's length in tokens; default: its characters / 4.
        require_simplified: whether an answer must be as simplified as the ground truth (``2/4`` is
            not ``1/2``); False: its value decides.
        tolerance: how far from the ground truth's value a right answer's may be, as in
            `lead_rs.grade`; None: not at all.
        extract: where the answer is looked for, as in `lead_rs.extract_answer`: ``boxed``, the
            strict rule, for training; ``auto``; ``last_number``; ``whole``.
        after_think: whether the answer is looked for only behind the last ``</think>``.
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

    Returns:
        ``score`` (the sum of the three rewards), ``acc`` (1.0 if right, else 0.0),
        ``correctness_score``, ``length_score``, ``format_score``. A response without an answer (no
        box, an empty one, or cut off in its last one) is wrong and earns nothing for its format,
        as does an answer that is in no box.

    Raises:
        LeadError: a setting out of range, a length that is no whole number of tokens.
        TypeError: a response or ground truth of another type, bool, None and NaN among them.

    Example:
        >>> import lead_rs
        >>> lead_rs.score(r"So it is \boxed{42}.", 42, length_reward=0.5)["score"]
        1.5
        >>> lead_rs.score(r"So it is \boxed{41}.", ["42", "43"])["acc"]
        0.0
    """
    config = _lead_rs.RewardConfig(**settings)
    return _lead_rs.score(response, ground_truth, response_length, config)


@_showing_settings
def score_batch(
    responses: Sequence[str],
    ground_truths: Sequence[GroundTruth],
    *,
    response_lengths: Any = None,
    num_threads: int | None = None,
    fallback: Fallback | None = None,
    **settings: Unpack[RewardSettings],
) -> dict[str, npt.NDArray[np.float64]]:
    r"""Score N responses, spread over threads; the same numbers as from `score`, in order.

    The GIL is released meanwhile, and the texts are not copied. Results are the same for any number
    of threads; small batches are scored by the calling one.

    Args:
        responses: N responses, each as in `score`.
        ground_truths: N ground truths, each as in `score`.
        response_lengths: [N] whole numbers of tokens; default: characters / 4.
        num_threads: as many threads, for this call; default: the shared ones of `set_num_threads`.
        fallback: another judge, asked once about all the rows whose answer the grader is undecided
            about (neither shown to be right nor shown to be wrong). It is called with a list of
            `Undecided`, and returns as many verdicts, true for a right answer. It decides nothing
            else, so that what it can be talked into stays apart and can be counted.
        require_simplified: as in `score`, and so are the rest.
        tolerance: see `score`.
        extract: see `score`.
        after_think: see `score`.
        correct_reward: see `score`.
        length_reward: see `score`.
        length_threshold: see `score`.
        length_max: see `score`.
        length_mode: see `score`.
        use_format: see `score`.
        format_reward: see `score`.
        format_mode: see `score`.

    Returns:
        The keys of `score`, each with a [N] float64 array. With a ``fallback`` also ``fallback``:
        1.0 in the rows that it decided.

    Raises:
        LeadError: as `score`; sizes that differ; fewer than one thread; another number of verdicts
            than of undecided rows.
        TypeError: as `score`, naming the row; a verdict that is neither a bool nor 0 or 1.

    Example:
        >>> import lead_rs
        >>> scores = lead_rs.score_batch([r"\boxed{1}", r"\boxed{2}"], [[1, -1], "1"])
        >>> scores["acc"].tolist(), scores["score"].tolist()
        ([1.0, 0.0], [2.0, 1.0])
        >>> def judge(rows):
        ...     return ["rains" in row.answer for row in rows]
        >>> responses = [r"\boxed{1}", r"\boxed{1 \text{ if it rains, else } 0}"]
        >>> scores = lead_rs.score_batch(responses, ["1", "1"], fallback=judge)
        >>> scores["acc"].tolist(), scores["fallback"].tolist()
        ([1.0, 1.0], [0.0, 1.0])
    """
    config = _lead_rs.RewardConfig(**settings)
    truths = _rows(ground_truths, "ground_truths")
    asked: list[int] = []

    def decide(undecided: list[tuple[int, str]]) -> list[int]:
        asked.extend(row for row, _ in undecided)
        assert fallback is not None
        return _decide(fallback, [Undecided(*row, truths[row[0]]) for row in undecided])

    scores = _lead_rs.score_batch(
        _rows(responses, "responses"),
        truths,
        None if response_lengths is None else _arrays.vector(response_lengths, "response_lengths"),
        config,
        num_threads,
        None if fallback is None else decide,
    )
    if fallback is not None:
        scores["fallback"] = scores["acc"] * 0.0
        scores["fallback"][asked] = 1.0
    return scores


def check_truths(ground_truths: Sequence[GroundTruth | None]) -> list[Unreadable]:
    r"""List the ground truths that no answer can be shown to be, but one of the same text.

    Rows with such a truth teach nothing but the text: leave them out of a data set, or write the
    truth in another way.

    Args:
        ground_truths: N ground truths, each as in `score`, or None where a row has none.

    Returns:
        The row, the truth and the reason for each of them, in order; none if all can be graded.

    Raises:
        TypeError: a ground truth of another type, naming the row.

    Example:
        >>> import lead_rs
        >>> for row, truth, reason in lead_rs.check_truths(["42", r"\frac{1}{", ["", "7"], None]):
        ...     print(row, truth, reason, sep=": ")
        1: \frac{1}{: a brace should close here, at its end
        3: None: there is none
    """
    rows = enumerate(_rows(ground_truths, "ground_truths"))
    checked = (
        (row, truth, _lead_rs.unreadable([] if truth is None else truth, row))
        for row, truth in rows
    )
    return [Unreadable(row, truth, reason) for row, truth, reason in checked if reason is not None]


def _decide(fallback: Fallback, rows: list[Undecided]) -> list[int]:
    """Ask another judge: which of the rows are right."""
    verdicts = list(fallback(rows))
    if len(verdicts) != len(rows):
        raise LeadError(
            f"fallback must return one verdict per undecided row: got {len(verdicts)} for "
            f"{len(rows)} rows"
        )
    for row, verdict in zip(rows, verdicts, strict=True):
        if verdict not in (0, 1):
            raise TypeError(
                f"fallback must return bools, got {verdict!r} for the answer of row {row.row}"
            )
    return [row.row for row, verdict in zip(rows, verdicts, strict=True) if verdict]


def _rows(value: Iterable[Any], name: str) -> list[Any]:
    if isinstance(value, list):
        return value
    if isinstance(value, str | bytes | Mapping):
        raise TypeError(
            f"{name} must hold one entry per response, got a single {type(value).__name__}"
        )
    try:
        return list(value)
    except TypeError:
        raise TypeError(
            f"{name} must be a sequence with one entry per response, got {type(value).__name__}"
        ) from None
