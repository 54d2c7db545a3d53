"""Which of the rewards that TRL computes are LEAD's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import torch

from lead_rs import LeadConfig
from lead_rs._errors import LeadError


class Taken(NamedTuple):
    """What LEAD takes of a batch's B responses, NaN where one has none.

    Attributes:
        correctness: [B], or None where no reward depends on it.
        rewards: [B] each, by the keys of the settings.
    """

    correctness: torch.Tensor | None
    rewards: dict[str, torch.Tensor]


class Columns:
    """The places of LEAD's rewards among a trainer's reward functions.

    Args:
        config: LEAD's settings, whose rewards' keys are names of reward functions.
        names: the reward functions', as TRL has them.
        correctness: the name of what says whether a response is right, of a reward function or of a
            column of the rows; None for the only reward function, or where nothing needs it.

    Raises:
        LeadError: a key, or `correctness`, that names none or several of them; `correctness` given
            where no reward depends on it, or not given where it is needed.
    """

    def __init__(  # noqa: D107
        self, config: LeadConfig, names: Sequence[str], correctness: str | None
    ) -> None:
        functions = list(names)
        for key in config.reward_keys:
            if key not in functions:
                raise LeadError(
                    f"lead_config.rewards must have keys that name reward functions {functions}, "
                    f"or are 'correctness' or 'efficiency', got {key!r}"
                )
        if correctness is None and config.needs_correctness:
            if len(functions) != 1:
                raise LeadError(
                    f"lead_correctness must name one of the reward functions {functions}, or a "
                    "column of the rows, got None"
                )
            [correctness] = functions
        if correctness is not None and not config.needs_correctness:
            raise LeadError(
                "lead_correctness must be None where no reward of lead_config.rewards depends on "
                f"correctness, got {correctness!r}"
            )
        for name in (*config.reward_keys, correctness):
            if functions.count(str(name)) > 1:
                raise LeadError(
                    f"reward functions that LEAD takes must have names of their own, got "
                    f"{name!r} twice in {functions}"
                )
        self._functions, self._keys, self._correctness = functions, config.reward_keys, correctness

    def column(self, rows: Sequence[Mapping[str, Any]]) -> list[float] | None:
        """The correctness of `rows` in a column of theirs; None where it is no column's.

        Raises:
            LeadError: a row has no column of its name.
        """
        name = self._correctness
        if name is None or name in self._functions:
            return None
        if not all(name in row for row in rows):
            raise LeadError(
                f"lead_correctness must name one of the reward functions {self._functions}, or a "
                f"column of the rows {sorted(rows[0])}, got {name!r}"
            )
        return [float("nan") if row[name] is None else float(row[name]) for row in rows]

    def take(self, rewards: torch.Tensor, column: torch.Tensor | None) -> Taken:
        """LEAD's of all reward functions' [B, K] rewards, and of the [B] of `column`'s rows."""
        values = dict(zip(self._functions, rewards.cpu().unbind(dim=1), strict=True))
        correctness = values.get(str(self._correctness)) if column is None else column.cpu()
        return Taken(correctness, {key: values[key] for key in self._keys})
