"""The advantage estimator ``lead``, and the state it keeps through a training run."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import weakref
from collections.abc import Iterator, Sequence
from contextvars import ContextVar
from types import ModuleType
from typing import TYPE_CHECKING, Any

from lead_rs import LeadConfig, WeightController, compute_advantage
from lead_rs.verl import hooks
from lead_rs.verl.rows import FloatArray, Rows, correctness, every_row

if TYPE_CHECKING:
    import torch
    from omegaconf import DictConfig

_logger = logging.getLogger(__name__)

NAME = "lead"


# A controller belongs to its trainer's `config.algorithm` node: the one object that both the
# trainer and the estimator see, whatever class or recipe the trainer is.
_controllers: dict[int, WeightController] = {}
_unreported: dict[str, float] = {}
_inputs: tuple[FloatArray, FloatArray] | None = None


def uses_lead(algorithm: DictConfig) -> bool:
    """Whether this ``config.algorithm`` asks for LEAD."""
    return bool(algorithm.get("adv_estimator") == NAME)


def in_use() -> bool:
    """Whether this process trains with LEAD."""
    return bool(_controllers)


def controller_of(algorithm: DictConfig, *, in_checkpoints: bool) -> WeightController:
    """The weight controller of the training run that this ``config.algorithm`` node belongs to.

    Args:
        algorithm: the trainer's own node, not a copy: it stands for the run.
        in_checkpoints: whether the caller keeps the controller in checkpoints; if nobody has
            before the first step, the user is warned.

    Returns:
        The run's controller, made from the ``lead_*`` settings at the first call.

    Raises:
        IncompatibleVerlError: if this verl lacks what LEAD needs.
        ValueError: for a ``lead_*`` setting that is unknown or out of range.
        TypeError: for a plain dict, which cannot stand for a run.
    """
    hooks.check_compatible()
    key = id(algorithm)
    if key not in _controllers:
        controller = WeightController(LeadConfig.from_verl(algorithm))
        try:
            weakref.finalize(algorithm, _controllers.pop, key, None).atexit = False
        except TypeError:
            raise TypeError(
                f"config must be the trainer's config.algorithm, a DictConfig, got "
                f"{type(algorithm).__name__}"
            ) from None
        _controllers[key] = controller
        if not in_checkpoints:
            _logger.warning(
                "LEAD's weights won't be in the checkpoints: this trainer called the estimator "
                "%r without the _load_checkpoint that lead_rs extends",
                NAME,
            )
    return _controllers[key]


def take_metrics() -> dict[str, float]:
    """The ``lead/*`` metrics of the last step, once: they belong in one line of the log."""
    global _unreported
    metrics, _unreported = _unreported, {}
    return metrics


def take_inputs() -> tuple[FloatArray, FloatArray] | None:
    """Correctness and length of each response that the last step counted, once."""
    global _inputs
    inputs, _inputs = _inputs, None
    return inputs


@dataclasses.dataclass(frozen=True)
class Batch:
    """What verl knows about a batch of B rows and does not hand to an estimator.

    Attributes:
        acc: [B] the reward function's ``acc``, None where it gave none.
        token_level_scores: [B, T] float32, the raw scores, before any KL penalty.
        response_mask: [B, T], the mask as the rollout made it, before any rejection of tokens.
        rows: the rows to count; None for all.
        global_step: the number of the trainer's step that the batch is part of; None where each
            batch is a step.
    """

    acc: Sequence[Any] | None = None
    token_level_scores: torch.Tensor | None = None
    response_mask: torch.Tensor | None = None
    rows: Rows | None = None
    global_step: int | None = None


_batch: ContextVar[Batch | None] = ContextVar("lead_batch", default=None)


@contextlib.contextmanager
def batch_with(**known: Any) -> Iterator[None]:
    """Within this context the estimator also knows these fields of its `Batch`."""
    token = _batch.set(dataclasses.replace(_batch.get() or Batch(), **known))
    try:
        yield
    finally:
        _batch.reset(token)


def compute_lead_advantage(
    token_level_rewards: torch.Tensor,
    response_mask: torch.Tensor,
    index: Sequence[Any],
    config: DictConfig,
    **_: Any,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Take one LEAD step (arXiv:2605.09806) on a batch of verl's trainer.

    Registered in verl as the estimator ``lead`` and called with verl's keywords. Correctness is not
    read from the rewards where anything better is known: they may contain a KL penalty. Batches of
    one global step share one step of LEAD, as `WeightController.enter_step` has it.

    Args:
        token_level_rewards: [B, T] float32.
        response_mask: [B, T] of 0 and 1, the tokens to train on.
        index: [B] prompt uids.
        config: the trainer's ``config.algorithm``.

    Returns:
        ``(advantages, returns)``, the same [B, T] float32 tensor twice: the response's advantage on
        the tokens to train on, 0 elsewhere.

    Raises:
        IncompatibleVerlError: if this verl lacks what LEAD needs.
        ValueError: as `lead_rs.compute_advantage`; for a bad ``lead_*`` setting; where only rewards
            with a KL penalty in them are known. The weights are unchanged.

    Example:
        >>> import torch
        >>> from omegaconf import OmegaConf
        >>> config = OmegaConf.create({"adv_estimator": "lead", "lead_lstar_min": 1})
        >>> rewards, mask = torch.eye(3, 4), torch.ones(3, 4)
        >>> advantages, _ = compute_lead_advantage(rewards, mask, ["a", "a", "a"], config)
        >>> advantages.shape
        torch.Size([3, 4])
    """
    import torch

    global _inputs, _unreported
    controller = controller_of(config, in_checkpoints=False)
    batch = _batch.get() or Batch()
    scores = batch.token_level_scores
    if scores is None:
        if batch.acc is None and config.get("use_kl_in_reward"):
            raise ValueError(
                "LEAD needs each response's correctness, and with algorithm.use_kl_in_reward the "
                "rewards contain a KL penalty: return 'acc' from the reward function"
            )
        scores = token_level_rewards
    mask = response_mask if batch.response_mask is None else batch.response_mask
    rows = every_row(len(index)) if batch.rows is None else batch.rows

    inputs = (
        correctness(batch.acc, scores)[rows.counted],
        mask.sum(-1).numpy()[rows.counted],
    )
    if batch.global_step is not None:
        controller.enter_step(batch.global_step)
    output = compute_advantage(*inputs, [index[row] for row in rows.counted], controller=controller)
    _inputs, _unreported = inputs, dict(output.metrics)
    by_row = torch.from_numpy(rows.spread(output.advantages))
    # In place: a product with an integer mask takes half as long again.
    advantages = response_mask.to(by_row.dtype, copy=True).mul_(by_row.unsqueeze(-1))
    return advantages, advantages


def adapt(core_algos: ModuleType) -> list[str]:
    """Register the estimator in ``verl.trainer.ppo.core_algos``."""
    register = getattr(core_algos, "register_adv_est", None)
    if register is None:
        raise hooks.IncompatibleVerlError(
            f"verl {hooks.verl_version()} has no {core_algos.__name__}.register_adv_est"
        )
    register(NAME)(compute_lead_advantage)
    return [f"{core_algos.__name__}: advantage estimator {NAME!r}"]
