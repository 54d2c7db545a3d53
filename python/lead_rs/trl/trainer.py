"""TRL's GRPOTrainer with LEAD's advantages."""

from __future__ import annotations

import dataclasses
import logging
from typing import Any

from lead_rs import LeadConfig, WeightController, compute_advantage
from lead_rs._absent import counted_tokens
from lead_rs.lint.metrics import lint_metrics
from lead_rs.trl import rollouts, versions

versions.check_installed()

import torch  # noqa: E402
from trl import GRPOTrainer  # noqa: E402

from lead_rs.trl.callbacks import LeadState, SetAside  # noqa: E402
from lead_rs.trl.columns import Columns, Taken  # noqa: E402

versions.check_trainer(GRPOTrainer)

_logger = logging.getLogger(__name__)

WITHOUT_EFFECT = ("scale_rewards", "reward_weights", "multi_objective_aggregation")
"""TRL's settings of the advantages, which LEAD replaces."""

PER_SEQUENCE = ("grpo", "sapo", "luspo")
"""Losses that average each response by itself; LEAD whitens over tokens."""


class LeadGRPOTrainer(GRPOTrainer):  # type: ignore[misc]
    """GRPOTrainer whose advantages are LEAD's (arXiv:2605.09806); everything else is TRL's.

    A generation batch, gathered from all processes, is a LEAD step; several for one optimizer step
    are one. The ``lead/*`` metrics are in TRL's log. Each checkpoint's ``trainer_state.json`` has
    the weights, and resuming goes on from them. Evaluation leaves them alone. With
    ``log_completions`` what each step was computed from is beside TRL's completions, for
    ``lead-rs replay`` and ``lead-rs lint``.

    Args:
        *args: GRPOTrainer's.
        lead_config: LEAD's settings; default ``LeadConfig()``. With ``rewards``, the key of each is
            the name of a reward function, as TRL logs it in ``rewards/NAME/mean``, or
            ``correctness`` or ``efficiency``, which are LEAD's own. None and NaN say that a
            response does not have the reward.
        lead_correctness: what says whether a response is right (above 0.5; None and NaN: not known,
            advantage 0): the name of a reward function, or of a column of the rows that the
            rewards are computed from. Default: the only reward function. None where
            ``lead_config.rewards`` has neither ``correctness``, ``efficiency`` nor ``over:
            correct``. Reward functions that LEAD is not told of are logged and not otherwise used.
        **kwargs: GRPOTrainer's. ``scale_rewards``, ``reward_weights`` and
            ``multi_objective_aggregation`` have no effect, and a warning says so.

    Attributes:
        lead_controller: the `lead_rs.WeightController` with the weights.

    Raises:
        ImportError: on import, a missing TRL or one of another version.
        ValueError: several reward functions and no `lead_correctness`, or one that nothing needs; a
            key that names no reward function, or several; with ``log_completions``, a reward
            function of the name of one of LEAD's own columns. In training: a row without the
            column, a batch that does not consist of whole groups, or that the processes do not
            share evenly; an infinite reward, one that no response of the first step has; a
            checkpoint whose weights are damaged, or those of other rewards.

    Example:
        trainer = LeadGRPOTrainer(
            model="HuggingFaceTB/SmolLM2-135M-Instruct",
            reward_funcs=lead_rs.trl.accuracy_reward,
            args=GRPOConfig(output_dir="out"),
            train_dataset=dataset,  # prompt, solution
            lead_config=lead_rs.LeadConfig(lstar_mode="max_sym"),
        )
        trainer.train()
    """

    def __init__(  # noqa: D107
        self,
        *args: Any,
        lead_config: LeadConfig | None = None,
        lead_correctness: str | None = None,
        **kwargs: Any,
    ) -> None:
        self.lead_controller = WeightController(lead_config)
        super().__init__(*args, **kwargs)
        self._lead_columns = Columns(
            self.lead_controller.config, self.reward_func_names, lead_correctness
        )
        self._lead_taken: Taken | None = None
        self._lead_rewards = torch.empty(0)
        if self.args.log_completions:
            rollouts.check_names(self.reward_func_names)
        self.add_callback(LeadState(self.lead_controller))
        self.add_callback(SetAside())
        _warn(self.args)

    def _calculate_rewards(
        self, inputs: Any, prompts: Any, completions: Any, completion_ids_list: Any
    ) -> torch.Tensor:
        rewards: torch.Tensor = super()._calculate_rewards(
            inputs, prompts, completions, completion_ids_list
        )  # [B, K], gathered
        column = self._lead_columns.column(inputs)
        if column is not None:
            local = torch.tensor(column, device=rewards.device, dtype=torch.float32)
            column = self.accelerator.gather(local)
        self._lead_taken = self._lead_columns.take(rewards, column)
        self._lead_rewards = rewards.cpu()
        return rewards

    def _generate_and_score_completions(self, inputs: list[dict[str, Any]]) -> dict[str, Any]:
        self._lead_taken = None
        batch: dict[str, Any] = super()._generate_and_score_completions(inputs)
        if self.model.training:
            advantages = self._lead_advantages(batch)
            self._logs["advantages"].extend(advantages.tolist())  # a deque of one batch
            local = len(batch["advantages"])
            start = self.accelerator.process_index * local
            batch["advantages"] = advantages[start : start + local].to(batch["advantages"])
        return batch

    def _lead_advantages(self, batch: dict[str, Any]) -> torch.Tensor:
        """LEAD's advantages of the whole batch, of all processes: [B] float32 on the CPU."""
        mask = batch["completion_mask"]
        if "tool_mask" in batch:
            mask = mask * batch["tool_mask"]  # what a tool said is not the policy's
        lengths = self.accelerator.gather(mask.sum(dim=1)).cpu()
        if self._lead_taken is None:
            raise RuntimeError("GRPOTrainer computed no rewards: LEAD has none")
        correctness, columns = self._lead_taken
        size, processes = self.num_generations, self.accelerator.num_processes
        [scored] = {
            len(column) for column in (*columns.values(), correctness) if column is not None
        }
        if not scored == len(lengths) == processes * len(mask) or len(lengths) % size:
            raise ValueError(
                f"the batch must be whole groups of num_generations={size}, the same number of "
                f"responses on each of {processes} processes, got {len(lengths)} lengths and "
                f"{scored} scores, {len(mask)} on this process"
            )
        known = torch.ones(len(lengths), dtype=torch.bool)
        scores = None
        if correctness is not None:
            known = ~correctness.isnan()
            scores = correctness[known].numpy()
        length = lengths[known].numpy()
        groups = (torch.arange(len(lengths)) // size)[known].numpy()
        rewards = {key: column[known].double().numpy() for key, column in columns.items()}
        advantages = torch.zeros(len(lengths))
        config = self.lead_controller.config
        if counted_tokens(config, rewards, length) >= 2:  # a step needs two to whiten over
            self.lead_controller.enter_step(self.state.global_step)
            out = compute_advantage(
                scores, length, groups, rewards=rewards, controller=self.lead_controller
            )
            advantages[known] = torch.from_numpy(out.advantages)
            found = lint_metrics(scores, length, groups, out, config)
            for name, value in {**out.metrics, **found}.items():
                self._metrics["train"][name].append(value)
            if self.args.log_completions and self.accelerator.is_main_process:
                self._lead_write(known, scores, length, groups, cut_off="tool_mask" not in batch)
        return advantages

    def _lead_write(self, known: Any, scores: Any, length: Any, groups: Any, cut_off: bool) -> None:
        """Write what a step was computed from, and what GRPO would have been given."""
        rewards = self._lead_rewards[known].double()  # [C, K]
        weights = torch.tensor(self.args.reward_weights or [1.0] * rewards.shape[1]).double()
        columns = dict(zip(self.reward_func_names, rewards.T.tolist(), strict=True))
        columns["score"] = (rewards * weights).nansum(dim=1).tolist()
        if scores is not None:
            columns["acc"] = scores.tolist()
        columns["response_length"] = length.tolist()
        limit = self.args.max_completion_length
        if cut_off and limit is not None:
            columns["truncated"] = (length >= limit).tolist()
        rollouts.write(
            self.args.output_dir,
            self.state.global_step + 1,
            self.lead_controller,
            groups.tolist(),
            columns,
        )


def _warn(args: Any) -> None:
    """Warn of settings that have no effect, or that fit LEAD badly."""
    defaults = {field.name: field.default for field in dataclasses.fields(args)}
    for name in WITHOUT_EFFECT:
        if (value := getattr(args, name, None)) != defaults.get(name):
            _logger.warning("%s=%r has no effect: LEAD sets the advantages", name, value)
    if args.loss_type in PER_SEQUENCE:
        _logger.warning(
            "loss_type=%r averages over each response, but LEAD's advantages are whitened over "
            "tokens: 'dapo' averages over tokens",
            args.loss_type,
        )
