"""LEAD in the V1 trainer of verl 0.9, which keeps its batches in TransferQueue."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from lead_rs.verl import checkpoint, estimator, hooks, rollout_dump
from lead_rs.verl.rows import final_outputs


def _with_batch(original: hooks.AnyFunction) -> hooks.AnyFunction:
    def _compute_advantage(self: Any, batch: Any, metrics: dict[str, Any]) -> Any:
        if not estimator.uses_lead(self.config.algorithm):
            return original(self, batch, metrics)
        padding = [bool(tag.get("is_padding", False)) for tag in batch.tags]
        keys, rows = list(batch.keys), final_outputs(batch.keys, padding)
        with estimator.batch_with(acc=_acc(batch), rows=rows):
            batch = original(self, batch, metrics)
        metrics.update(estimator.take_metrics())
        if inputs := estimator.take_inputs():
            rollout_dump.remember(self, keys, rows, *inputs)
        return batch

    return _compute_advantage


def _acc(batch: Any) -> list[Any]:
    """Each row's ``acc``, None where the reward function gave none.

    It is in the rollout's ``extra_fields``; a reward model on the trainer's own GPUs writes it as a
    field of its own.
    """
    import transfer_queue  # type: ignore[import-untyped]  # comes with verl

    fields = transfer_queue.kv_batch_get(
        keys=batch.keys, partition_id=batch.partition_id, select_fields=["extra_fields", "acc"]
    )
    acc = fields.pop("acc", None)
    if acc is not None:
        return list(acc.tolist())
    extra_fields = fields.pop("extra_fields", None)
    if extra_fields is None:
        return [None] * len(batch.keys)
    return [
        (extra.get("reward_extra_info") or {}).get("acc") if isinstance(extra, dict) else None
        for extra in extra_fields.tolist()
    ]


def _restoring(original: hooks.AnyFunction) -> hooks.AnyFunction:
    restore = checkpoint.restoring(original)

    def _load_checkpoint(self: Any, *args: Any, **kwargs: Any) -> Any:
        if estimator.uses_lead(self.config.algorithm) and self.parameter_sync_step > 1:
            raise NotImplementedError(
                f"algorithm.adv_estimator=lead calls its estimator once per global step, and "
                f"trainer.v1.{self.trainer_mode}.parameter_sync_step={self.parameter_sync_step} "
                f"does so several times: use trainer.v1.trainer_mode=sync or colocate_async"
            )
        return restore(self, *args, **kwargs)

    return _load_checkpoint


def adapt(trainer_base: ModuleType) -> list[str]:
    """Act on ``verl.trainer.ppo.v1.trainer_base``."""
    return hooks.replace(
        hooks.class_of(trainer_base, "PPOTrainer"),
        _compute_advantage=_with_batch,
        _save_checkpoint=checkpoint.saving,
        _load_checkpoint=_restoring,
        _dump_generations=rollout_dump.dumping,
    )
