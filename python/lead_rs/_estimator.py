"""The estimator's public functions: arguments checked by name, the Rust core behind them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from lead_rs import _arrays, _cuda, _lead_rs
from lead_rs._errors import LeadError
from lead_rs._lead_rs import LeadConfig, WeightController


@dataclasses.dataclass(frozen=True, eq=False)
class LeadOutput:
    """One LEAD step's result. Arrays are torch tensors if torch tensors came in.

    Attributes:
        advantages: [B] float32, whitened over the batch's valid tokens: the value on each of the
            response's valid tokens; 0 for an empty response.
        efficiency_reward: [B] float64, the reward around the target length, in [-1, 1]; None where
            efficiency is none of the rewards.
        target_length: [B] float64, L* of the response's prompt, in tokens; None likewise.
        weights: the weight of each reward in this step, by name, the anchor first.
        metrics: every ``lead/*`` metric of the step.
    """

    advantages: Any
    efficiency_reward: Any
    target_length: Any
    weights: dict[str, float]
    metrics: dict[str, float]

    @property
    def lambda_corr(self) -> float:
        """The weight of the anchor in this step: correctness, unless the settings list another."""
        return next(iter(self.weights.values()))

    @property
    def lambda_eff(self) -> float:
        """The weight of all the others, which is efficiency's where the settings list none."""
        return sum(list(self.weights.values())[1:], 0.0)

    def __repr__(self) -> str:
        rows = "\n".join(f"  {name:<24}{value}" for name, value in self._summary())
        return f"LeadOutput of {len(self.advantages)} responses\n{rows}"

    def _repr_html_(self) -> str:
        rows = "".join(f"<tr><td>{n}</td><td>{v}</td></tr>" for n, v in self._summary())
        return f"<table><caption>LEAD, {len(self.advantages)} responses</caption>{rows}</table>"

    def _summary(self) -> list[tuple[str, str]]:
        m = self.metrics
        adv = _arrays.to_numpy(self.advantages)
        rows = [("step", f"{m['lead/step']:.0f}")]
        if "lead/lstar_mean" in m:
            prompts = m["lead/num_solvable_prompts"] + m["lead/num_unsolved_prompts"]
            rows.append(("prompts", f"{prompts:.0f}"))
        if "lead/accuracy_batch" in m:
            rows.append(("accuracy", f"{m['lead/accuracy_batch']:.3f}"))
        length = _both(m, "resp_len_mean", "resp_len_mean_correct", ".1f")
        rows.append(("length, all / correct", length))
        if "lead/lstar_mean" in m:
            rows.append(("target length L*", f"{m['lead/lstar_mean']:.1f}"))
        if "lead/w_corr" in m:
            both = f"{self.lambda_corr:.4f} / {self.lambda_eff:.4f}"
            rows.append(("lambda_corr / _eff", both))
        else:
            rows += [(f"weight of {name}", f"{w:.4f}") for name, w in self.weights.items()]
        rows.append(("advantages", f"{adv.min():.3f} to {adv.max():.3f}"))
        r = _both(m, "adv_len_corr", "adv_len_corr_correct", "+.3f")
        rows.append(("advantage~length r", r))
        return rows


def _both(metrics: dict[str, float], every: str, correct: str, form: str) -> str:
    """Over all responses, and over the correct ones where they are known."""
    keys = (f"lead/{every}", f"lead/{correct}")
    return " / ".join(f"{metrics[key]:{form}}" if key in metrics else "-" for key in keys)


def compute_advantage(
    correctness: Any,
    response_length: Any,
    index: Any,
    *,
    rewards: Mapping[str, Any] | None = None,
    config: LeadConfig | None = None,
    controller: WeightController | None = None,
) -> LeadOutput:
    """Take one LEAD step on per-response numbers (arXiv:2605.09806, the whole method).

    With ``config.rewards`` it is done for any number of rewards: each normalised within its group,
    its weight from its own instability and room to improve (GDPO whose weights set themselves). The
    first of them is the anchor, whose floor comes first; ``correctness`` and ``efficiency`` are
    keys like others, of the argument and of the reward around L*.

    Args:
        correctness: [B] scores of the reward function, before any KL; above 0.5 is correct. List,
            numpy array or torch tensor of any numeric dtype. Ignored for empty responses. On a GPU
            (torch, or anything with DLPack or ``__cuda_array_interface__``) where the lengths are
            too: then the results are torch tensors there, computed on the CPU. None where
            ``config.rewards`` has neither ``correctness``, ``efficiency`` nor ``over: correct``.
        response_length: [B] whole numbers of valid response tokens, >= 0.
        index: [B] prompt uids, any hashables; responses with equal uids form a group.
        rewards: [B] arrays by the keys that ``config.rewards`` names, each as `correctness` is.
            None and NaN say that a response does not have the reward: it counts in no mean of it.
            One that has none of them is left out. An empty response's count as given.
        config: the settings; default ``LeadConfig()``, or the controller's.
        controller: carries the weights from step to step and is advanced by this call. Default: a
            fresh one, that is, this is step 1.

    Returns:
        A `LeadOutput`.

    Raises:
        LeadError: sizes differ, no response, fewer than 2 valid tokens in all, a NaN or infinite
            correctness, an infinite reward, one that ``config.rewards`` does not name or that is
            missing, or in no row of the first step, a negative or fractional length, settings that
            contradict the controller's. The controller is unchanged.
        TypeError: not numbers, unhashable or None uids, arrays on different devices.
        RuntimeError: arrays on a GPU without a usable driver or torch.

    Example:
        >>> import lead_rs
        >>> controller = lead_rs.WeightController(lead_rs.LeadConfig(lstar_mode="max_sym"))
        >>> for _ in range(3):
        ...     out = lead_rs.compute_advantage(
        ...         [1, 1, 0, 1], [1200, 2600, 3100, 1900], [7, 7, 8, 8], controller=controller
        ...     )
        >>> controller.step, round(out.lambda_corr, 4)
        (3, 0.5533)

        Three rewards, of which the second response has no style:

        >>> config = lead_rs.LeadConfig(
        ...     rewards=[
        ...         {"name": "correctness", "min": 0, "max": 1, "floor": 0.3},
        ...         {"name": "format", "min": 0, "max": 1},
        ...         {"name": "style", "min": -1, "max": 1, "over": "correct"},
        ...     ]
        ... )
        >>> out = lead_rs.compute_advantage(
        ...     [1, 1, 0, 1],
        ...     [120, 260, 310, 190],
        ...     [7, 7, 8, 8],
        ...     rewards={"format": [1, 0, 1, 1], "style": [0.5, None, 0.1, -0.2]},
        ...     config=config,
        ... )
        >>> {name: round(weight, 3) for name, weight in out.weights.items()}
        {'correctness': 0.322, 'format': 0.322, 'style': 0.355}
    """
    controller = _controller(config, controller)
    uids = _arrays.uids(index)
    named = _rewards(rewards)
    if _cuda.any_on_gpu(correctness, response_length, *named.values()):
        step = _cuda.compute_advantage(controller, correctness, response_length, uids, named)
        advantages, efficiency, target, weights, metrics = step
    else:
        advantages, efficiency, target, weights, metrics = _lead_rs.step(
            controller,
            None if correctness is None else _arrays.vector(correctness, "correctness"),
            _arrays.vector(response_length, "response_length"),
            uids,
            [(key, _arrays.reward(value, f"rewards[{key!r}]")) for key, value in named.items()],
        )
        kind = response_length if _arrays.is_torch(response_length) else correctness
        advantages, efficiency, target = (
            array if array is None else _arrays.like(kind, array)
            for array in (advantages, efficiency, target)
        )
    return LeadOutput(
        advantages=advantages,
        efficiency_reward=efficiency,
        target_length=target,
        weights=dict(zip(controller.rewards, weights, strict=True)),
        metrics=metrics,
    )


def compute_lead_outcome_advantage(
    token_level_rewards: Any,
    response_mask: Any,
    index: Any,
    *,
    config: LeadConfig | None = None,
    controller: WeightController | None = None,
    correctness: Any = None,
) -> tuple[Any, Any]:
    """Take one LEAD step on token arrays, in the shapes and names of verl's own estimators.

    The arrays are read in place, row-strided views and masks with holes included.

    Args:
        token_level_rewards: [B, T] float32 or float64, numpy or torch CPU; or float32 or bfloat16
            on a GPU, as in `compute_advantage`. A response's correctness is the sum over its valid
            tokens; rewards on masked tokens are ignored, NaN too.
        response_mask: [B, T] of 0 and 1 (int64, bool, uint8, int32 or float32); a response's length
            is its row's sum.
        index: [B] prompt uids, any hashables.
        config: the settings; default ``LeadConfig()``, or the controller's.
        controller: carries the weights from step to step; default a fresh one. After the call its
            ``metrics`` are this step's.
        correctness: [B], used instead of the row sums, e.g. where the rewards contain a KL penalty.

    Returns:
        ``(advantages, returns)``, the same [B, T] float32 array twice, numpy or torch as
        `token_level_rewards` is: the response's advantage on valid tokens, 0 elsewhere.

    Raises:
        LeadError: shapes differ, an empty batch, fewer than 2 valid tokens in all, a NaN or
            infinite reward on a valid token, a mask value other than 0 and 1. The controller is
            unchanged.
        TypeError: another dtype, unhashable or None uids, arrays on different devices.
        RuntimeError: arrays on a GPU without a usable driver or torch.

    Example:
        >>> import numpy as np, lead_rs
        >>> rewards = np.zeros((4, 6), np.float32)
        >>> mask = np.array([[1] * n + [0] * (6 - n) for n in (2, 6, 5, 4)])
        >>> rewards[[0, 3], [1, 3]] = 1.0
        >>> advantages, returns = lead_rs.compute_lead_outcome_advantage(
        ...     rewards, mask, ["a", "a", "b", "b"]
        ... )
        >>> bool(advantages[0, 0] > 0) and not advantages[0, 2:].any()
        True
    """
    controller = _controller(config, controller)
    uids = _arrays.uids(index)
    if _cuda.any_on_gpu(token_level_rewards, response_mask, correctness):
        advantages = _cuda.compute_lead_outcome_advantage(
            controller, token_level_rewards, response_mask, uids, correctness
        )
        return advantages, advantages
    rewards = _arrays.matrix(token_level_rewards, "token_level_rewards", _arrays.REWARD_DTYPES)
    mask = _arrays.matrix(response_mask, "response_mask", _arrays.MASK_DTYPES)
    if mask.dtype == bool:
        mask = mask.view("uint8")
    if correctness is not None:
        correctness = _arrays.vector(correctness, "correctness")
    out = _arrays.output(rewards.shape)
    _lead_rs.outcome_advantage(controller, rewards, mask, uids, correctness, out)
    advantages = _arrays.like(token_level_rewards, out)
    return advantages, advantages


def target_length(
    correctness: Any,
    response_length: Any,
    index: Any,
    *,
    config: LeadConfig | None = None,
) -> Any:
    """Calibrate the target length L* of each response's prompt, the first stage by itself.

    The aggregate (``config.aggregator``) of the group's correct lengths, clamped to
    ``[lstar_min, bmax]``; ``bmax`` where the group has no correct response.

    Args:
        correctness: [B] scores; above 0.5 is correct.
        response_length: [B] whole numbers of tokens.
        index: [B] prompt uids, any hashables.
        config: the settings; default ``LeadConfig()``.

    Returns:
        [B] float64, in tokens; a torch tensor if one came in.

    Raises:
        ValueError, TypeError: as in `compute_advantage`.

    Example:
        >>> import lead_rs
        >>> lead_rs.target_length([1, 1, 0], [1200, 2600, 3100], ["a", "a", "b"]).tolist()
        [1900.0, 1900.0, 8000.0]
    """
    targets = _lead_rs.target_length(
        config,
        _arrays.vector(correctness, "correctness"),
        _arrays.vector(response_length, "response_length"),
        _arrays.uids(index),
    )
    return _arrays.like(response_length, targets)


def efficiency_reward(
    correctness: Any,
    response_length: Any,
    target_length: Any,
    *,
    config: LeadConfig | None = None,
) -> Any:
    """Reward each response's length around its target length, the second stage by itself.

    ``max_sym`` (the paper): ``max(-1, 1 - |l - L*| / L*)``; see ``config.lstar_mode`` for others.

    Args:
        correctness: [B] scores; above 0.5 is correct.
        response_length: [B] whole numbers of tokens; an empty response's reward is 0.
        target_length: [B] finite numbers > 0, tokens, as from `target_length`.
        config: the settings; default ``LeadConfig()``.

    Returns:
        [B] float64 in [-1, 1]; a torch tensor if one came in.

    Raises:
        ValueError, TypeError: as in `compute_advantage`.

    Example:
        >>> import lead_rs
        >>> config = lead_rs.LeadConfig(lstar_mode="max_sym")
        >>> lead_rs.efficiency_reward([1, 0], [1500, 3000], [2000, 2000], config=config).tolist()
        [0.75, 0.5]
    """
    rewards = _lead_rs.efficiency_reward(
        config,
        _arrays.vector(correctness, "correctness"),
        _arrays.vector(response_length, "response_length"),
        _arrays.vector(target_length, "target_length"),
    )
    return _arrays.like(response_length, rewards)


def _rewards(rewards: Any) -> Mapping[str, Any]:
    if rewards is None:
        return {}
    if not isinstance(rewards, Mapping):
        raise TypeError(
            f"rewards must be a mapping of [B] arrays or None, got {type(rewards).__name__}"
        )
    for key in rewards:
        if not isinstance(key, str):
            raise TypeError(f"rewards must have keys of type str, got {key!r}")
    return rewards


def _controller(config: LeadConfig | None, controller: WeightController | None) -> WeightController:
    for name, value, kind in (
        ("config", config, LeadConfig),
        ("controller", controller, WeightController),
    ):
        if value is not None and not isinstance(value, kind):
            raise TypeError(f"{name} must be a {kind.__name__} or None, got {type(value).__name__}")
    if controller is None:
        return WeightController(config)
    if config is not None and config != controller.config:
        raise LeadError(
            f"config differs from the controller's, which are used: got {config!r} beside "
            f"{controller.config!r}; leave config out or make a new controller"
        )
    return controller
