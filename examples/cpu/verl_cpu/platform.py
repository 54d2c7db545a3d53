"""The platform `cpu`, as verl's `VERL_PLATFORM` knows it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import torch
import torch.distributed
from verl.plugin.platform import PlatformBase, PlatformRegistry


class CpuDevice(ModuleType):
    """`torch.cpu` and, doing nothing, the functions that verl calls on `torch.cuda` besides."""

    get_rng_state = staticmethod(torch.get_rng_state)
    set_rng_state = staticmethod(torch.set_rng_state)

    def __getattr__(self, name: str) -> Any:
        return getattr(torch.cpu, name)

    def is_available(self) -> bool:
        return False

    def get_device_name(self, device: Any = None) -> str:
        return "CPU"

    def mem_get_info(self, device: Any = None) -> tuple[int, int]:
        return 0, 0

    def _zero_bytes(self, device: Any = None) -> int:
        return 0

    memory_allocated = memory_reserved = _zero_bytes
    max_memory_allocated = max_memory_reserved = _zero_bytes

    def _nothing(self, *args: Any) -> None:
        return None

    empty_cache = synchronize = set_device = ipc_collect = reset_peak_memory_stats = _nothing


@PlatformRegistry.register(platform="cpu")
class CpuPlatform(PlatformBase):
    """One CPU in the place of one GPU, with gloo for its collectives."""

    device_name = "cpu"
    vendor_name = "cpu"
    device_module = CpuDevice("verl_cpu_device")

    def is_available(self) -> bool:
        return True

    def current_device(self) -> torch.device:
        # verl hands this to `.to()` and `device_id=`, where an index would mean a GPU.
        return torch.device("cpu")

    def device_count(self) -> int:
        return 1

    def set_device(self, device_index: int) -> None:
        pass

    def synchronize(self, device_index: int | None = None) -> None:
        pass

    def manual_seed(self, seed: int) -> None:
        torch.manual_seed(seed)

    manual_seed_all = manual_seed

    def set_allocator_settings(self, settings: str) -> None:
        pass

    def empty_cache(self) -> None:
        pass

    def get_device_capability(self, device_index: int = 0) -> tuple[int | None, int | None]:
        return None, None

    def communication_backend_name(self) -> str:
        return "gloo"

    def visible_devices_envvar(self) -> str:
        return "CUDA_VISIBLE_DEVICES"

    @contextmanager
    def nvtx_range(self, msg: str) -> Iterator[None]:
        yield

    def profiler_start(self) -> None:
        pass

    def profiler_stop(self) -> None:
        pass

    def ray_resource_name(self) -> str:
        # verl's resource pools count GPUs and NPUs only: the run pretends one GPU to Ray.
        return "GPU"

    def ray_noset_envvars(self) -> list[str]:
        return ["RAY_EXPERIMENTAL_NOSET_CUDA_VISIBLE_DEVICES"]

    def is_ipc_supported(self) -> bool:
        return False

    def cudart(self) -> None:
        return None


_init_process_group = torch.distributed.init_process_group


def _init_process_group_once_per_device(
    backend: str | None = None, *args: Any, **kwargs: Any
) -> None:
    # verl asks for "cpu:gloo,<device>:<backend>", and torch refuses a device that is named twice.
    if backend == "cpu:gloo,cpu:gloo":
        backend = "cpu:gloo"
    _init_process_group(backend, *args, **kwargs)


torch.distributed.init_process_group = _init_process_group_once_per_device
