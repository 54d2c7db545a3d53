"""Each response's correctness and other rewards, read from what verl has of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from lead_rs._errors import LeadError
from lead_rs.verl.rows import FloatArray, Rows

if TYPE_CHECKING:
    import torch

_NUMBERS = {bool, int, float, np.bool_, np.float32, np.float64, np.int64}


def read_correctness(
    acc: Sequence[Any] | None,
    token_level_scores: torch.Tensor,
    rows: Rows,
    uids: Sequence[Any],
    response_length: npt.NDArray[Any],
    warn: Callable[[str], None],
) -> FloatArray:
    """Each counted row's correctness: the reward function's ``acc`` where it gave one.

    The score may carry more than correctness (DAPO's penalty for overlong responses, the length and
    format parts of a sum), so it is only the second choice.

    Args:
        acc: [B] what the reward function returned as ``acc``, None where it returned none.
        token_level_scores: [B, T] the raw scores, before any KL penalty; summed only where a row
            has no ``acc``.
        rows: which C of the rows to count.
        uids: [C] the prompts', to name a bad row by.
        response_length: [C] tokens; where there are none, correctness is not looked at.
        warn: takes what is dubious, in words.

    Returns:
        [C] float64.

    Raises:
        LeadError: for an ``acc`` that is not a number or not in [0, 1], and for a score that is
            not finite, naming the row and its uid.

    Example:
        >>> import torch
        >>> from lead_rs.verl.rows import every_row
        >>> scores = torch.tensor([[0, -0.5], [0.25, 0.75]])
        >>> read_correctness(
        ...     [True, None], scores, every_row(2), ["a", "a"], np.array([2, 2]), print
        ... ).tolist()
        [1.0, 1.0]
    """

    def of_row(place: int) -> str:
        return f"(row {rows.counted[place]}, uid {uids[place]!r})"

    values = [None] * len(uids) if acc is None else rows.of(acc)
    result, is_given = _numbers("acc", values, of_row)
    if not is_given.all():
        import torch

        score = rows.of(token_level_scores.sum(-1, dtype=torch.float64).cpu().numpy())
        result = np.where(is_given, result, score)

    matters = response_length > 0
    outside = matters & is_given & ~((result >= 0) & (result <= 1))
    if outside.any():
        place = int(outside.argmax())
        raise LeadError(
            f"the reward function's 'acc' must be in [0, 1], got {result[place]} {of_row(place)}: "
            f"it is 1 for a right answer and 0 for a wrong one (verl takes the score for it where "
            f"a reward function returns a plain number)"
        )
    scored = matters & ~is_given
    if not np.isfinite(result[scored]).all():
        place = int((scored & ~np.isfinite(result)).argmax())
        raise LeadError(
            f"correctness must be a finite number, got the score {result[place]} {of_row(place)}"
        )
    if not np.isin(result[scored], (0.0, 1.0)).all():
        warn(
            "the reward function gives no 'acc', and its scores are not only 0 and 1: LEAD takes a "
            "score above 0.5 for a right answer, and 1 for the most that there is to earn. Return "
            "'acc' besides, 1 for a right answer and 0 for a wrong one"
        )
    return result


def read_rewards(
    keys: Sequence[str],
    returned: Mapping[str, Sequence[Any]],
    rows: Rows,
    uids: Sequence[Any],
    warn: Callable[[str], None],
) -> dict[str, FloatArray]:
    """Each counted row's rewards of these keys, as the reward function returned them.

    Args:
        keys: which of what it returned.
        returned: [B] values by key; a key that it returned for no row may be missing.
        rows: which C of the rows to count.
        uids: [C] the prompts', to name a bad row by.
        warn: takes what is dubious, in words.

    Returns:
        [C] float64 by key, NaN where a row has none.

    Raises:
        LeadError: for a reward that is not a number, or infinite, naming the row and its uid.

    Example:
        >>> from lead_rs.verl.rows import every_row
        >>> returned = {"format": [1, None], "score": [2.0, 0.5]}
        >>> read_rewards(["format"], returned, every_row(2), ["a", "a"], print)["format"].tolist()
        [1.0, nan]
    """

    def of_row(place: int) -> str:
        return f"(row {rows.counted[place]}, uid {uids[place]!r})"

    rewards = {}
    for key in keys:
        if key not in returned:
            warn(
                f"the reward function returned no {key!r} for a batch: the weight of a reward that "
                f"no response has stays as it is"
            )
        values = rows.of(returned[key]) if key in returned else [None] * len(uids)
        numbers, is_given = _numbers(key, values, of_row)
        rewards[key] = np.where(is_given, numbers, np.nan)
        infinite = np.isinf(rewards[key])
        if infinite.any():
            place = int(infinite.argmax())
            raise LeadError(
                f"the reward function's {key!r} must be a finite number, or None or NaN where "
                f"there is none, got {numbers[place]} {of_row(place)}"
            )
    return rewards


def _numbers(
    key: str, values: Sequence[Any], of_row: Callable[[int], str]
) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
    """What there is of numbers, as float64, and where there is one."""
    there = np.ones(len(values), bool)
    if isinstance(values, np.ndarray) and values.dtype.kind in "biuf":
        return values.astype(np.float64), there
    if set(map(type, values)) <= _NUMBERS:
        return np.array(values, np.float64), there
    numbers = np.zeros(len(values))
    for place, value in enumerate(values):
        if value is None:
            there[place] = False
            continue
        try:
            if isinstance(value, str | bytes):
                raise TypeError
            numbers[place] = float(value)
        except (TypeError, ValueError, OverflowError):
            raise LeadError(
                f"the reward function's {key!r} must be a number or a bool, got {value!r} "
                f"{of_row(place)}"
            ) from None
    return numbers, there
