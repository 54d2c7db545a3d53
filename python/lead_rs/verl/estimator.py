"""The advantage estimator ``lead``, as verl calls it."""

from __future__ import annotations

import inspect
import weakref
from collections.abc import Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from lead_rs import compute_advantage
from lead_rs._absent import counted_tokens
from lead_rs._errors import IncompatibleVerlError, LeadError
from lead_rs.lint.metrics import lint_metrics
from lead_rs.verl import hooks, rollout_correction, run
from lead_rs.verl.correctness import read_correctness, read_rewards
from lead_rs.verl.rows import every_row
from lead_rs.verl.settings import NAME, UNSCORED

if TYPE_CHECKING:
    import torch


def compute_lead_advantage(
    token_level_rewards: torch.Tensor,
    response_mask: torch.Tensor,
    index: Sequence[Any] | None = None,
    config: Any = None,
    **_: Any,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Take one LEAD step (arXiv:2605.09806) on a batch of verl's trainer.

    Registered in verl as the estimator ``lead``, and called with verl's keywords by verl's
    `compute_advantage`, which lead_rs has extended: it says whose batch it is and what else is
    known of it. Correctness is not read from the rewards where anything better is known: they may
    contain a KL penalty. Rewards of ``lead_rewards`` are what the reward function returned by
    their keys. What it returned as ``unscored`` (1 where a row's ground truth cannot be graded) is
    counted in ``lead/num_unscored_responses``. Batches of one global step share one step of LEAD,
    as `WeightController.enter_step` has it.

    Args:
        token_level_rewards: [B, T] float32.
        response_mask: [B, T] of 0 and 1, the tokens to train on.
        index: [B] prompt uids.
        config: the trainer's ``config.algorithm``; the run is known without.

    Returns:
        ``(advantages, returns)``, the same [B, T] float32 tensor twice: the response's advantage on
        the tokens to train on, 0 elsewhere. All 0 for a batch with fewer than 2 tokens, which is
        no step.

    Raises:
        LeadError: as `lead_rs.compute_advantage`; a correctness or a reward that is no number, or
            an ``acc`` outside [0, 1]; where only rewards with a KL penalty in them are known; no
            uids. The weights are unchanged.
        RuntimeError: called by anything else than the extended `compute_advantage`.

    Example:
        >>> import numpy as np, torch
        >>> from omegaconf import OmegaConf
        >>> from verl import DataProto
        >>> from verl.trainer.ppo.ray_trainer import compute_advantage
        >>> config = OmegaConf.create({"adv_estimator": "lead", "lead_lstar_min": 1})
        >>> data = DataProto.from_dict(
        ...     tensors={"token_level_rewards": torch.eye(3, 4), "response_mask": torch.ones(3, 4)},
        ...     non_tensors={"uid": np.array(["a", "a", "a"], dtype=object)},
        ... )
        >>> compute_advantage(data, "lead", config=config).batch["advantages"].shape
        torch.Size([3, 4])
    """
    import torch

    call = run.current()
    if index is None:
        raise LeadError(
            "LEAD compares the responses of a prompt, and there is nothing to know them by: "
            "data.non_tensor_batch['uid'] must hold the prompt's uid of each row, [B]"
        )
    if call is None or call.data is None:
        raise RuntimeError(
            f"the estimator {NAME!r} was called by something else than compute_advantage of "
            f"verl.trainer.ppo.ray_trainer as lead_rs extends it, so neither 'acc' nor the raw "
            f"scores are known: import lead_rs.verl before that function is kept anywhere else "
            f"than in a module; a copy of it should call lead_rs.compute_advantage instead"
        )
    lead, data = call.run, call.data
    lead.sees()
    rows = every_row(len(index)) if call.rows is None else call.rows
    length = rollout_correction.original_length(data)
    length = rows.of(response_mask.sum(-1).cpu().numpy() if length is None else length)
    if length.sum() < 2:
        lead.warn_once(
            "a batch with fewer than 2 tokens of responses is trained on nothing, and LEAD's "
            "weights stay as they are: have all rollouts failed?"
        )
        nothing = torch.zeros(response_mask.shape)
        return nothing, nothing

    returned = data.non_tensor_batch if call.returned is None else call.returned
    uids, settings = rows.of(index), lead.controller.config
    rewards = read_rewards(settings.reward_keys, returned, rows, uids, lead.warn_once)
    if lead.controller.step > 0 and counted_tokens(settings, rewards, length) < 2:
        lead.warn_once(
            "a batch in which fewer than 2 tokens are of responses with a reward is trained on "
            "nothing, and LEAD's weights stay as they are"
        )
        nothing = torch.zeros(response_mask.shape)
        return nothing, nothing
    correctness = None
    if settings.needs_correctness:
        acc, scores = returned.get("acc"), data.batch.get("token_level_scores", None)
        if scores is None:
            if acc is None and lead.kl_in_rewards:
                raise LeadError(
                    "LEAD needs each response's correctness, and with algorithm.use_kl_in_reward "
                    "the rewards contain a KL penalty: return 'acc' from the reward function"
                )
            scores = token_level_rewards
        correctness = read_correctness(acc, scores, rows, uids, length, lead.warn_once)
    if call.global_step is not None:
        lead.controller.enter_step(call.global_step)
    output = compute_advantage(
        correctness, length, uids, rewards=rewards, controller=lead.controller
    )
    found = lint_metrics(correctness, length, uids, output, settings)
    if correctness is None:
        correctness = np.full(len(uids), np.nan)
    metrics = {**output.metrics, **found}
    if UNSCORED in returned:
        unscored = read_rewards([UNSCORED], returned, rows, uids, lead.warn_once)[UNSCORED]
        metrics["lead/num_unscored_responses"] = float(np.nansum(unscored))
    lead.last = run.Step(weakref.ref(data), rows, correctness, length, metrics, rewards)
    by_row = torch.from_numpy(rows.spread(output.advantages))
    # In place: a product with an integer mask takes half as long again.
    advantages = response_mask.to(by_row.dtype, copy=True).mul_(by_row.unsqueeze(-1))
    return advantages, advantages


def _calling_with_run(original: hooks.AnyFunction) -> hooks.AnyFunction:
    signature = inspect.signature(original)

    def compute_advantage(data: Any, adv_estimator: Any, *args: Any, **kwargs: Any) -> Any:
        if adv_estimator != NAME:
            rollout_correction.forget(data)
            return original(data, adv_estimator, *args, **kwargs)
        passed = signature.bind(data, adv_estimator, *args, **kwargs).arguments
        call = run.in_force(passed.get("config"))
        with run.under_way(call.about(data)):
            data = original(data, adv_estimator, *args, **kwargs)
        rollout_correction.forget(data)
        return data

    return compute_advantage


def adapt(ray_trainer: ModuleType) -> list[str]:
    """Act on ``verl.trainer.ppo.ray_trainer``."""
    return hooks.replace(ray_trainer, compute_advantage=_calling_with_run)


def register(core_algos: ModuleType) -> list[str]:
    """Register the estimator in ``verl.trainer.ppo.core_algos``."""
    register_adv_est = getattr(core_algos, "register_adv_est", None)
    if register_adv_est is None:
        raise IncompatibleVerlError(
            f"verl {hooks.verl_version()} has no {core_algos.__name__}.register_adv_est"
        )
    register_adv_est(NAME)(compute_lead_advantage)
    return [f"{core_algos.__name__}: advantage estimator {NAME!r}"]
