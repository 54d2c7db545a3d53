"""A reward function for TRL's trainers: ``GRPOTrainer(reward_funcs=accuracy_reward, ...)``.

TRL itself is not needed to import this.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from lead_rs._score import GroundTruth, score_batch

Completion: TypeAlias = "str | Sequence[Mapping[str, Any]]"


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
        out) for a row without a solution.

    Raises:
        ValueError: sizes differ.
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
    scores = score_batch(
        [_text(completion, row) for row, completion in enumerate(completions)],
        [[] if truth is None else truth for truth in solution],
        length_reward=0.0,
    )
    correct = scores["acc"].tolist()
    return [None if truth is None else acc for truth, acc in zip(solution, correct, strict=True)]


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
