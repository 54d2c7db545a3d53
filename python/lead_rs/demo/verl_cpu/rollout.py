"""The rollout engine `hf_cpu`: a Ray actor that samples from a Hugging Face model on the CPU."""

from __future__ import annotations

import asyncio
import os
import random
from collections import Counter
from collections.abc import Generator
from typing import Any, NamedTuple

import ray
import torch
from transformers import AutoConfig, AutoModelForCausalLM
from verl.workers.rollout.base import _ROLLOUT_REGISTRY, BaseRollout
from verl.workers.rollout.replica import RolloutReplica, RolloutReplicaRegistry, TokenOutput

from lead_rs.demo.verl_cpu.sampling import Sampled, sample

BATCH_PAUSE_S = 0.05
"""A batch starts when no request has come for so long: requests of a step come one by one."""

MAX_BATCH = 128
"""Faster than larger batches on a CPU, and half their memory."""

WHOLE_DISTRIBUTION = {
    "top_p": (None, 1.0),
    "top_k": (None, -1, 0),
    "repetition_penalty": (None, 1.0),
}


class Request(NamedTuple):
    """A prompt waiting for its response."""

    prompt: list[int]
    seed: int
    temperature: float
    response: asyncio.Future[Sampled]


@ray.remote(num_cpus=0)
class CpuServer:
    """Answers verl's generation requests, all that are waiting in one batch."""

    def __init__(self, model_path: str, dtype: str, max_tokens: int, seed: int) -> None:
        config = AutoConfig.from_pretrained(model_path, attn_implementation="sdpa")
        self.model = AutoModelForCausalLM.from_config(config)  # type: ignore[no-untyped-call]
        self.model = self.model.to(getattr(torch, dtype)).eval()
        self.max_tokens = max_tokens
        self.seed = seed
        self.global_steps: int | None = None
        self.asked: Counter[tuple[int, ...]] = Counter()
        self.waiting: list[Request] = []
        self.worker: asyncio.Task[None] | None = None

    async def generate(
        self, request_id: str, prompt_ids: list[int], sampling_params: dict[str, Any], **_: Any
    ) -> TokenOutput:
        for name, accepted in WHOLE_DISTRIBUTION.items():
            if sampling_params.get(name) not in accepted:
                raise ValueError(
                    f"hf_cpu samples from the whole distribution: {name} must be {accepted[-1]}, "
                    f"got {sampling_params[name]}"
                )
        prompt = list(prompt_ids)
        temperature = sampling_params.get("temperature", 1.0)
        response = asyncio.get_running_loop().create_future()
        self.waiting.append(Request(prompt, self._next_seed(prompt), temperature, response))
        if self.worker is None or self.worker.done():
            self.worker = asyncio.create_task(self._work())
        token_ids, log_probs = await response
        return TokenOutput(
            token_ids=token_ids,
            log_probs=log_probs,
            stop_reason="completed",
            extra_fields={"global_steps": self.global_steps},
        )

    def _next_seed(self, prompt: list[int]) -> int:
        """From the run's seed, the step, the prompt, and how often it was asked in this step."""
        key = tuple(prompt)
        self.asked[key] += 1
        name = f"{self.seed} {self.global_steps} {key} {self.asked[key]}"
        return random.Random(name).getrandbits(64)

    async def _work(self) -> None:
        while self.waiting:
            before = 0
            while before < len(self.waiting):
                before = len(self.waiting)
                await asyncio.sleep(BATCH_PAUSE_S)
            temperature = self.waiting[0].temperature
            alike = [r for r in self.waiting if r.temperature == temperature]
            others = [r for r in self.waiting if r.temperature != temperature]
            batch, self.waiting = alike[:MAX_BATCH], alike[MAX_BATCH:] + others
            try:
                responses = await asyncio.to_thread(
                    sample,
                    self.model,
                    [r.prompt for r in batch],
                    [r.seed for r in batch],
                    max_tokens=self.max_tokens,
                    temperature=temperature,
                )
            except Exception as error:
                for request in batch:
                    request.response.set_exception(error)
            else:
                for request, response in zip(batch, responses, strict=True):
                    request.response.set_result(response)

    async def load_weights(
        self, weights: dict[str, torch.Tensor], global_steps: int | None
    ) -> None:
        self.model.load_state_dict(weights)
        self.global_steps = global_steps
        self.asked.clear()

    async def _nothing(self, **_: Any) -> None:
        return None

    wake_up = sleep = abort_all_requests = resume_generation = clear_kv_cache = _nothing
    release_kv_cache = resume_kv_cache = start_profile = stop_profile = _nothing


def _server_name(replica_rank: int) -> str:
    return f"hf_cpu_server_{replica_rank}"


class CpuReplica(RolloutReplica):
    """Starts the server."""

    async def launch_servers(self) -> None:
        self._server_address = _server_name(self.replica_rank)
        self._server_handle = CpuServer.options(  # type: ignore[attr-defined]
            name=self._server_address, max_concurrency=self.max_concurrency
        ).remote(
            self.model_config.path,
            self.config.dtype,
            self.config.response_length,
            self.config.seed,
        )
        self.servers = [self._server_handle]


class CpuServerAdapter(BaseRollout):
    """The training worker's end: ships it the new weights."""

    def __init__(self, config: Any, model_config: Any, device_mesh: Any, replica_rank: int = -1):
        super().__init__(config, model_config, device_mesh)
        rank = int(os.environ["RANK"]) if replica_rank == -1 else replica_rank
        self.server_name = _server_name(rank)
        self.is_leader_rank = True

    async def resume(self, tags: list[str]) -> None:
        pass

    async def release(self) -> None:
        pass

    async def update_weights(
        self,
        weights: Generator[tuple[str, torch.Tensor], None, None],
        wire_format: str = "named_tensors",
        global_steps: int | None = None,
        **_: Any,
    ) -> None:
        if wire_format != "named_tensors":
            raise ValueError(f"hf_cpu takes wire_format named_tensors, got {wire_format!r}")
        dtype = getattr(torch, self.config.dtype)
        copies = {name: tensor.detach().to("cpu", dtype, copy=True) for name, tensor in weights}
        await ray.get_actor(self.server_name).load_weights.remote(copies, global_steps)


_ROLLOUT_REGISTRY["hf_cpu", "async"] = f"{__name__}.{CpuServerAdapter.__name__}"
RolloutReplicaRegistry.register("hf_cpu", lambda: CpuReplica)
