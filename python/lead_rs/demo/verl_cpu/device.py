"""One CPU in the place of one GPU, as verl and torch's collectives see it."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import torch
import torch.distributed


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
        # verl hands this to `.to()` and `device_id=`, where an index would mean a GPU.
        return torch.device("cpu")

    def get_device_name(self, device: Any = None) -> str:
        return "CPU"

    def manual_seed(self, seed: int) -> None:
        torch.manual_seed(seed)

    manual_seed_all = manual_seed

    def mem_get_info(self, device: Any = None) -> tuple[int, int]:
        return 0, 0

    def _zero_bytes(self, device: Any = None) -> int:
        return 0

    memory_allocated = memory_reserved = _zero_bytes
    max_memory_allocated = max_memory_reserved = _zero_bytes

    def _nothing(self, *args: Any) -> None:
        return None

    empty_cache = synchronize = set_device = ipc_collect = reset_peak_memory_stats = _nothing


DEVICE = CpuDevice("verl_cpu_device")

_init_process_group = torch.distributed.init_process_group


def _init_process_group_once_per_device(
    backend: str | None = None, *args: Any, **kwargs: Any
) -> None:
    # verl asks for "cpu:gloo,<device>:<backend>", and torch refuses a device that is named twice.
    if backend == "cpu:gloo,cpu:gloo":
        backend = "cpu:gloo"
    _init_process_group(backend, *args, **kwargs)


torch.distributed.init_process_group = _init_process_group_once_per_device
