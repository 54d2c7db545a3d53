"""Batches as verl's agent loops put them into TransferQueue, without its servers."""

from __future__ import annotations

import torch
import trainers
from omegaconf import OmegaConf
from verl_versions import ALGORITHM

SMALL = {"lead_lstar_min": 2, "lead_bmax": 16, "lead_min_length": 0}


class Queue:
    """TransferQueue's key-value calls on a dict, answering with what the real one answers with."""

    def __init__(self):
        self.rows = {}

    def kv_batch_put(self, keys, partition_id, fields=None, tags=None):
        from transfer_queue import KVBatchMeta

        for name, values in fields.items():
            column = values.unbind(0) if isinstance(values, torch.Tensor) else values.tolist()
            for key, value in zip(keys, column, strict=True):
                self.rows.setdefault(key, {})[name] = value
        return KVBatchMeta(keys=keys, tags=tags or [{} for _ in keys], partition_id=partition_id)

    def kv_batch_get(self, keys, partition_id, select_fields=None):
        from tensordict import NonTensorStack, TensorDict

        rows = [self.rows[key] for key in keys]
        names = [n for n in select_fields or rows[0] if all(n in row for row in rows)]
        fields = {}
        for name in names:
            column = [row[name] for row in rows]
            if isinstance(column[0], torch.Tensor) and column[0].dim():
                fields[name] = torch.nested.as_nested_tensor(column, layout=torch.jagged)
            else:
                fields[name] = NonTensorStack(*column)
        return TensorDict(fields, batch_size=[len(keys)])


def output(uid, score, length, *, acc=None, mask=None, rollout_log_probs=None, **rewards):
    """One agent loop output, scored, as the fields that go into TransferQueue."""
    from verl.experimental.agent_loop.agent_loop import AgentLoopMetrics, AgentLoopOutput

    extra = {} if acc is None else {"reward_extra_info": {"score": score, "acc": acc, **rewards}}
    loop_output = AgentLoopOutput(
        prompt_ids=[5, 6, 7],
        response_ids=[8] * length,
        response_mask=[1] * length if mask is None else mask,
        response_logprobs=rollout_log_probs or [0.0] * length,
        reward_score=score,
        metrics=AgentLoopMetrics(),
        extra_fields=extra,
    )
    fields = loop_output.as_dict()
    fields["old_log_probs"] = torch.zeros(length)
    fields["ref_log_prob"] = torch.full((length,), -4.0)
    return {**fields, "uid": uid, "session_id": 0}


def put(queue, outputs):
    """Store outputs by key; the batch that verl's trainer would sample."""
    from transfer_queue import KVBatchMeta

    for key, fields in outputs.items():
        queue.rows[key] = fields
    tags = [{"status": "success", "seq_len": 3 + len(f["responses"])} for f in outputs.values()]
    return KVBatchMeta(keys=list(outputs), tags=tags, partition_id="train")


def queue(monkeypatch):
    """A queue in the place of TransferQueue's."""
    import transfer_queue

    queue = Queue()
    monkeypatch.setattr(transfer_queue, "kv_batch_put", queue.kv_batch_put)
    monkeypatch.setattr(transfer_queue, "kv_batch_get", queue.kv_batch_get)
    return queue


def trainer(kind, **algorithm):
    """A trainer without the workers: what `_compute_advantage` touches."""
    trainer = trainers.bare(kind)
    trainer.config = OmegaConf.create(
        {
            "algorithm": {
                **ALGORITHM,
                **SMALL,
                **algorithm,
            },
            "actor_rollout_ref": {"rollout": {"n": 2}},
        }
    )
    trainer.global_steps = 1
    return trainer
