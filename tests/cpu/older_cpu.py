"""A plug-in for verl 0.8 on a machine without a GPU, where verl has no platforms to register.

With verl_cpu.rollout in VERL_USE_EXTERNAL_MODULES; Ray must pretend the resources GPU and cpu.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import torch
import torch.distributed
import wrapt


class CpuDevice(ModuleType):
    """`torch.cpu` and, doing nothing, the functions that verl calls on `torch.cuda` besides."""

    get_rng_state = staticmethod(torch.get_rng_state)
    set_rng_state = staticmethod(torch.set_rng_state)

    def __getattr__(self, name: str) -> Any:
        return getattr(torch.cpu, name)

    def is_available(self) -> bool:
        return False

    def device_count(self) -> int:
        return 1

    def current_device(self) -> torch.device:
        return torch.device("cpu")

    def get_device_name(self, device: Any = None) -> str:
        return "CPU"

    def manual_seed(self, seed: int) -> None:
        torch.manual_seed(seed)

    manual_seed_all = manual_seed

    def _zero_bytes(self, device: Any = None) -> int:
        return 0

    memory_allocated = memory_reserved = _zero_bytes
    max_memory_allocated = max_memory_reserved = _zero_bytes

    def mem_get_info(self, device: Any = None) -> tuple[int, int]:
        return 0, 0

    def _nothing(self, *args: Any) -> None:
        return None

    empty_cache = synchronize = set_device = ipc_collect = reset_peak_memory_stats = _nothing


DEVICE = CpuDevice("older_cpu_device")
FUNCTIONS = {
    "get_resource_name": lambda: "GPU",
    "get_torch_device": lambda: DEVICE,
    "get_device_id": lambda: torch.device("cpu"),
    "get_nccl_backend": lambda: "gloo",
    "get_visible_devices_keyword": lambda: "CUDA_VISIBLE_DEVICES",
    "set_expandable_segments": lambda enable: None,
}


@wrapt.when_imported("verl.utils.device")
def describe_cpu(device: ModuleType) -> None:
    originals = {name: getattr(device, name) for name in FUNCTIONS}
    modules = [m for name, m in list(sys.modules.items()) if name.split(".")[0] == "verl"]
    for module in modules:
        for name, original in originals.items():
            if vars(module).get(name) is original:
                setattr(module, name, FUNCTIONS[name])


@wrapt.when_imported("verl.utils.attention_utils")
def pad_without_flash_attention(attention: ModuleType) -> None:
    from transformers import modeling_flash_attention_utils as padding

    # In the order of verl's own; nothing here asks for the third, einops.rearrange.
    functions = padding._index_first_axis, padding._pad_input, None, padding._unpad_input
    attention._get_attention_functions = lambda: functions


@wrapt.when_imported("verl.workers.engine.fsdp.transformer_impl")
def offer_fsdp(_: ModuleType) -> None:
    from verl.workers.engine.base import EngineRegistry

    for backends in EngineRegistry._engines.values():
        for engines in backends.values():
            if "cuda" in engines:
                engines["cpu"] = engines["cuda"]


@wrapt.when_imported("verl.workers.config.rollout")
def give_rollouts_a_seed(rollout: ModuleType) -> None:
    rollout.RolloutConfig.seed = 1


_init_process_group = torch.distributed.init_process_group


def _init_process_group_once_per_device(
    backend: str | None = None, *args: Any, **kwargs: Any
) -> None:
    # verl asks for "cpu:gloo,<device>:<backend>", and torch refuses a device that is named twice.
    if backend == "cpu:gloo,cpu:gloo":
        backend = "cpu:gloo"
    _init_process_group(backend, *args, **kwargs)


torch.distributed.init_process_group = _init_process_group_once_per_device
