"""LEAD in the trainers that keep their batches in TransferQueue.

They are 0.9's V1 trainer in all its modes, and the trainer of 0.8's ``main_ppo_sync``.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

from lead_rs.verl import global_step, hooks, rollout_dump, run, trainer
from lead_rs.verl.rows import final_outputs
from lead_rs.verl.settings import UNSCORED, uses_lead


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
                    run=lead,
                    returned=_returned(batch, _keys(lead)),
                    rows=final_outputs(keys, padding),
                    global_step=step,
                )
            ):
                batch = original(self, batch, metrics)
        rollout_dump.remember(lead, step, keys)
        metrics.update(lead.take_metrics())
        return batch

    return _compute_advantage


def _keys(lead: run.Run) -> list[str]:
    """What LEAD asks for of all that a reward function may return."""
    return ["acc", UNSCORED, *lead.controller.config.reward_keys]


def _returned(batch: Any, keys: list[str]) -> dict[str, list[Any]]:
    """What the reward function returned of these keys, for each row that has any of it.

    It is in the rollout's ``extra_fields``; a reward model on the trainer's own GPUs writes it as
    fields of their own. A row has None for what it was not given.
    """
    import transfer_queue  # type: ignore[import-untyped]  # comes with verl

    fields = transfer_queue.kv_batch_get(
        keys=batch.keys,
        partition_id=batch.partition_id,
        select_fields=list(dict.fromkeys(["extra_fields", *keys])),
    )
    extra_fields = fields.pop("extra_fields", None)
    infos = [] if extra_fields is None else list(map(_reward_info, extra_fields.tolist()))
    returned: dict[str, list[Any]] = {}
    for key in keys:
        own = fields.pop(key, None)
        if own is not None:
            returned[key] = list(own.tolist())
        elif any(key in info for info in infos):
            returned[key] = [info.get(key) for info in infos]
    return returned


def _reward_info(extra: Any) -> dict[str, Any]:
    return (extra.get("reward_extra_info") or {}) if isinstance(extra, dict) else {}


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
