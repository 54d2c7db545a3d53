"""LEAD in the trainers that keep their batches in TransferQueue.

They are 0.9's V1 trainer in all its modes, and the trainer of 0.8's ``main_ppo_sync``.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

from lead_rs.verl import checkpoint, estimator, global_step, hooks, rollout_dump
from lead_rs.verl.rows import final_outputs


def _with_batch(original: hooks.AnyFunction) -> hooks.AnyFunction:
    def _compute_advantage(self: Any, batch: Any, metrics: dict[str, Any]) -> Any:
        if not estimator.uses_lead(self.config.algorithm):
            return original(self, batch, metrics)
        padding = [bool(tag.get("is_padding", False)) for tag in batch.tags]
        keys, rows = list(batch.keys), final_outputs(batch.keys, padding)
        known = {"acc": _acc(batch), "rows": rows, "global_step": global_step.current(self)}
        with estimator.batch_with(**known):
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


def adapt(module: ModuleType) -> list[str]:
    """Act on ``verl.trainer.ppo.v1.trainer_base`` or ``verl.trainer.main_ppo_sync``."""
    return hooks.replace(
        hooks.class_of(module, "PPOTrainer"),
        _compute_advantage=_with_batch,
        _save_checkpoint=checkpoint.saving,
        _load_checkpoint=checkpoint.restoring,
        _dump_generations=rollout_dump.dumping,
    )
