"""LEAD in the trainers that keep their batches in TransferQueue.

They are 0.9's V1 trainer in all its modes, and the trainer of 0.8's ``main_ppo_sync``.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

from lead_rs.verl import global_step, hooks, rollout_dump, run, trainer
from lead_rs.verl.rows import final_outputs
from lead_rs.verl.settings import uses_lead


def _with_batch(original: hooks.AnyFunction) -> hooks.AnyFunction:
    def _compute_advantage(self: Any, batch: Any, metrics: dict[str, Any]) -> Any:
        if not uses_lead(self.config):
            return original(self, batch, metrics)
        lead = run.of_trainer(self)
        with lead.once("advantage") as outermost:
            if not outermost:
                return original(self, batch, metrics)
            keys, step = list(batch.keys), global_step.current(self)
            padding = [bool(tag.get("is_padding", False)) for tag in batch.tags]
            with run.under_way(
                run.Call(
                    run=lead, acc=_acc(batch), rows=final_outputs(keys, padding), global_step=step
                )
            ):
                batch = original(self, batch, metrics)
        rollout_dump.remember(lead, step, keys)
        metrics.update(lead.take_metrics())
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


METHODS: dict[str, hooks.Decorator] = {
    "_compute_advantage": _with_batch,
    "_save_checkpoint": trainer.saving,
    "_load_checkpoint": trainer.restoring,
    "_dump_generations": rollout_dump.dumping,
}


def adapt(trainer_base: ModuleType) -> list[str]:
    """Act on ``verl.trainer.ppo.v1.trainer_base``."""
    return _adapt(trainer_base, "_setup")


def adapt_sync(main_ppo_sync: ModuleType) -> list[str]:
    """Act on ``verl.trainer.main_ppo_sync``."""
    return _adapt(main_ppo_sync, "init_workers")


def _adapt(module: ModuleType, starts_workers: str) -> list[str]:
    methods = {**METHODS, starts_workers: trainer.checking}
    return hooks.replace(
        hooks.class_of(module, "PPOTrainer"), __init__=trainer.beginning(methods), **methods
    )
