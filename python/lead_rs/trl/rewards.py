"""A reward function for TRL's trainers: ``GRPOTrainer(reward_funcs=accuracy_reward, ...)``.

TRL itself is not needed to import this.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from lead_rs import _lead_rs
from lead_rs._score import GradingSettings, GroundTruth, score_batch

if TYPE_CHECKING:
    from typing_extensions import Unpack

Completion: TypeAlias = "str | Sequence[Mapping[str, Any]]"
RewardFunction: TypeAlias = Callable[..., "list[float | None]"]


def accuracy_reward(
    completions: Sequence[Completion], solution: Sequence[GroundTruth | None], **kwargs: Any
) -> list[float | None]:
    r"""Reward completions whose last box holds the right answer.

    Args:
        completions: N completions: texts, or conversations, of which the last message is taken
            (one of a tool, or none, is no answer).
        solution: the dataset's column of this name, N entries: a ground truth as in
            `lead_rs.score`, or None where the row has none.
        **kwargs: what else TRL passes: prompts, other columns, its state; not used.

    Returns:
        N rewards: 1.0 for a right answer, 0.0 for a wrong or missing one, None (which TRL leaves
        out) for a row without a solution, or with one that no answer can be shown to be
        (`lead_rs.check_truths`), so that it does not count as wrong.

    Raises:
        LeadError: sizes differ.
        TypeError: a completion or solution of another type, naming the row.

    Example:
        >>> from lead_rs.trl import accuracy_reward
        >>> accuracy_reward(
        ...     completions=[
        ...         [{"role": "assistant", "content": r"Half: \boxed{\frac{1}{2}}"}],
        ...         [{"role": "assistant", "content": r"So \boxed{0.3}"}],
        ...         [{"role": "assistant", "content": "Roses are red."}],
        ...     ],
        ...     solution=["0.5", r"\boxed{\frac{1}{3}}", None],
        ... )
        [1.0, 0.0, None]
    """
    return _rewards(completions, solution, {})


def get_accuracy_reward(**settings: Unpack[GradingSettings]) -> RewardFunction:
    r"""Make an `accuracy_reward` that grades by other settings.

    Args:
        **settings: ``require_simplified``, ``tolerance``, ``extract``, ``after_think``, as in
            `lead_rs.grade`.

    Returns:
        The reward function, of the same name to TRL, and so in its log.

    Raises:
        TypeError: an unknown setting, or one of another type.
        LeadError: one out of range, another word.

    Example:
        >>> from lead_rs.trl import get_accuracy_reward
        >>> reward = get_accuracy_reward(extract="auto", after_think=True)
        >>> reward(["<think>5?</think> The final answer is $6$."], solution=["6"])
        [1.0]
    """
    unknown = settings.keys() - GradingSettings.__annotations__.keys()
    if unknown:
        raise TypeError(
            f"unknown settings {sorted(unknown)}; there are "
            f"{', '.join(GradingSettings.__annotations__)}"
        )
    _lead_rs.RewardConfig(**settings)

    def accuracy_reward(
        completions: Sequence[Completion], solution: Sequence[GroundTruth | None], **kwargs: Any
    ) -> list[float | None]:
        return _rewards(completions, solution, settings)

    return accuracy_reward


def _rewards(
    completions: Sequence[Completion],
    solution: Sequence[GroundTruth | None],
    settings: GradingSettings,
) -> list[float | None]:
    truths = [[] if truth is None else truth for truth in solution]
    scores = score_batch(
        [_text(completion, row) for row, completion in enumerate(completions)],
        truths,
        length_reward=0.0,
        **settings,
    )
    return [
        None if acc == 0.0 and _lead_rs.unreadable(truth, row) is not None else acc
        for row, (truth, acc) in enumerate(zip(truths, scores["acc"].tolist(), strict=True))
    ]


def _text(completion: Any, row: int) -> str:
    content = completion
    match completion:
        case []:
            content = ""
        case [*_, Mapping() as message]:
            # Without a text it only calls a tool.
            content = "" if message.get("content") is None else message["content"]
            if message.get("role", "assistant") != "assistant":
                content = ""
    if not isinstance(content, str):
        raise TypeError(
            "completions must hold texts, or lists of messages whose content is a text, got "
            f"{type(content).__name__} in row {row}"
        )
    return content
