"""Arrays on a GPU.

What has a number per token is given to the core as addresses, what has one per response comes to
the CPU; results are torch tensors where the arrays are. All memory is torch's, from its own
allocator and on its current stream: no token array is copied, and nobody waits for the device but
for the rows' totals, from which the core goes on.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lead_rs import _arrays, _lead_rs
from lead_rs._errors import LeadError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

REWARD_DTYPES = ("float32", "bfloat16")
DLPACK_CUDA = 2


def any_on_gpu(*values: object) -> bool:
    """Whether at least one of the arrays is on a GPU."""
    return any(_is_on_gpu(value) for value in values)


def compute_advantage(
    controller: _lead_rs.WeightController,
    correctness: Any,
    response_length: Any,
    index: list[Any] | npt.NDArray[Any],
    rewards: Mapping[str, Any],
) -> tuple[Any, Any, Any, list[float], dict[str, float]]:
    """As the core's ``step``, of [B] arrays on one GPU; results are torch tensors there.

    A reward may be a list, for the sake of None.
    """
    arrays = {"correctness": correctness, "response_length": response_length}
    if correctness is None:
        del arrays["correctness"]
    names = {key: f"rewards[{key!r}]" for key in rewards}
    values = {names[key]: value for key, value in rewards.items() if not isinstance(value, list)}
    tensors = dict(zip([*arrays, *values], _together(**arrays, **values), strict=True))
    on_host = {name: _on_host(tensor, name) for name, tensor in tensors.items()}
    *results, weights, metrics = _lead_rs.step(
        controller,
        on_host.get("correctness"),
        on_host["response_length"],
        index,
        [
            (key, on_host[name] if name in on_host else _arrays.reward(rewards[key], name))
            for key, name in names.items()
        ],
    )
    device = tensors["response_length"].device
    advantages, efficiency, target = (
        array if array is None else sys.modules["torch"].from_numpy(array).to(device)
        for array in results
    )
    return advantages, efficiency, target, weights, metrics


def compute_lead_outcome_advantage(
    controller: _lead_rs.WeightController,
    token_level_rewards: Any,
    response_mask: Any,
    index: list[Any] | npt.NDArray[Any],
    correctness: Any,
) -> Any:
    """As the core's ``outcome_advantage``, on one GPU; returns [B, T] advantages there."""
    arrays = {"token_level_rewards": token_level_rewards, "response_mask": response_mask}
    if correctness is not None:
        arrays["correctness"] = correctness
    rewards, mask, *rest = _together(**arrays)
    rewards = _matrix(rewards, "token_level_rewards", REWARD_DTYPES)
    mask = _matrix(mask, "response_mask", _arrays.MASK_DTYPES)
    if rewards.shape != mask.shape:
        raise LeadError(
            f"token_level_rewards and response_mask must have the same shape [B, T], got "
            f"{list(rewards.shape)} and {list(mask.shape)}"
        )
    size, device = len(rewards), rewards.device
    with _current(device):
        out = _empty(rewards.shape, "float32", device)
        scratch = _empty((_lead_rs.cuda_scratch_bytes(size),), "uint8", device)
        _lead_rs.cuda_outcome_advantage(
            controller,
            _place(device),
            (rewards.data_ptr(), rewards.stride(0), _dtype(rewards)),
            (mask.data_ptr(), mask.stride(0), _dtype(mask)),
            (size, rewards.shape[1]),
            index,
            _on_host(rest[0], "correctness") if rest else None,
            scratch.data_ptr(),
            out.data_ptr(),
        )
    if not all(map(_arrays.is_torch, arrays.values())):
        # Memory that is not torch's may be given away while the kernels still read it.
        sys.modules["torch"].cuda.current_stream(device).synchronize()
    return out


def _is_on_gpu(value: object) -> bool:
    if _arrays.is_torch(value):
        return bool(value.is_cuda)  # type: ignore[attr-defined]
    if hasattr(value, "__cuda_array_interface__"):
        return True
    device = getattr(value, "__dlpack_device__", None)
    return device is not None and device()[0] == DLPACK_CUDA


def _together(**values: Any) -> list[Any]:
    """The arrays as torch tensors, which must all be on the same GPU."""
    _lead_rs.cuda_device_count()  # says why there is none
    tensors = {name: _tensor(value) for name, value in values.items() if _is_on_gpu(value)}
    first = next(iter(tensors))
    home = tensors[first].device
    for name, value in values.items():
        where = tensors[name].device if name in tensors else "the CPU"
        if where != home:
            raise TypeError(
                f"{name} must be on {home}, where {first} is, got {type(value).__name__} on {where}"
            )
    return list(tensors.values())


def _tensor(value: Any) -> Any:
    """A torch tensor that shares the memory of any kind of array on a GPU, on torch's stream."""
    if _arrays.is_torch(value):
        return value.detach()
    torch = _torch()
    if hasattr(value, "__dlpack__"):
        return torch.from_dlpack(value)  # has the producer order its stream before torch's
    tensor = torch.as_tensor(value, device="cuda")
    producing = value.__cuda_array_interface__.get("stream")
    if producing is not None:
        theirs = torch.cuda.ExternalStream(producing, tensor.device)
        torch.cuda.current_stream(tensor.device).wait_stream(theirs)
    return tensor


def _torch() -> Any:
    try:
        import torch
    except ImportError as error:
        raise RuntimeError(f"arrays on a GPU need torch, for its memory: {error}") from None
    return torch


def _dtype(tensor: Any) -> str:
    return str(tensor.dtype).removeprefix("torch.")


def _on_host(tensor: Any, name: str) -> npt.NDArray[np.float64]:
    return _arrays.vector(tensor.cpu(), name)


def _matrix(tensor: Any, name: str, dtypes: tuple[str, ...]) -> Any:
    _arrays.check_dtype(_dtype(tensor), name, dtypes)
    if tensor.dim() != 2:
        raise LeadError(f"{name} must have shape [B, T], got {list(tensor.shape)}")
    # The kernels step over rows of any stride, and want a row's elements side by side.
    return tensor if tensor.shape[1] < 2 or tensor.stride(1) == 1 else tensor.contiguous()


def _empty(shape: Any, dtype: str, device: Any) -> Any:
    torch = sys.modules["torch"]
    return torch.empty(shape, dtype=getattr(torch, dtype), device=device)


def _current(device: Any) -> contextlib.AbstractContextManager[Any]:
    """The core makes the device's context the current one: torch's own is restored after."""
    context: contextlib.AbstractContextManager[Any] = sys.modules["torch"].cuda.device(device)
    return context


def _place(device: Any) -> tuple[int, int]:
    """The device's number and its current stream's handle."""
    return device.index, sys.modules["torch"].cuda.current_stream(device).cuda_stream
