"""What users pass on a GPU, as the addresses the core takes; and the results as torch tensors.

All memory is torch's, from its own allocator and on its current stream: nothing is copied, and
nobody waits for the device but for the sums from which the controller decides.
"""

from __future__ import annotations

import contextlib
import sys
from typing import Any

from lead_rs import _arrays, _lead_rs

REWARD_DTYPES = ("float32", "bfloat16")
DLPACK_CUDA = 2


def any_on_gpu(*values: object) -> bool:
    """Whether at least one of the arrays is on a GPU."""
    return any(_is_on_gpu(value) for value in values)


def compute_advantage(
    controller: _lead_rs.WeightController, correctness: Any, response_length: Any, index: list[Any]
) -> tuple[Any, Any, Any, float, dict[str, float]]:
    """As the core's ``step``, on [B] arrays on one GPU; results are torch tensors there."""
    scores, lengths = _together(correctness=correctness, response_length=response_length)
    scores, lengths = _vector(scores, "correctness"), _vector(lengths, "response_length")
    size, device = len(scores), scores.device
    with _current(device):
        advantages = _empty((size,), "float32", device)
        efficiency, target = (_empty((size,), "float64", device) for _ in range(2))
        scratch = _scratch(size, device)
        scores, lengths = scores.double().contiguous(), lengths.double().contiguous()
        lambda_corr, metrics = _lead_rs.cuda_step(
            controller,
            _place(device),
            (scores.data_ptr(), size),
            (lengths.data_ptr(), len(lengths)),
            index,
            scratch.data_ptr(),
            (advantages.data_ptr(), efficiency.data_ptr(), target.data_ptr()),
        )
    return advantages, efficiency, target, lambda_corr, metrics


def compute_lead_outcome_advantage(
    controller: _lead_rs.WeightController,
    token_level_rewards: Any,
    response_mask: Any,
    index: list[Any],
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
        raise ValueError(
            f"token_level_rewards and response_mask must have the same shape [B, T], got "
            f"{list(rewards.shape)} and {list(mask.shape)}"
        )
    size, device = len(rewards), rewards.device
    with _current(device):
        out = _empty(rewards.shape, "float32", device)
        scratch = _scratch(size, device)
        scores = _vector(rest[0], "correctness").double().contiguous() if rest else None
        _lead_rs.cuda_outcome_advantage(
            controller,
            _place(device),
            (rewards.data_ptr(), rewards.stride(0), _dtype(rewards)),
            (mask.data_ptr(), mask.stride(0), _dtype(mask)),
            (size, rewards.shape[1]),
            index,
            None if scores is None else (scores.data_ptr(), len(scores)),
            scratch.data_ptr(),
            out.data_ptr(),
        )
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
    first = next(name for name, value in values.items() if _is_on_gpu(value))
    home = _tensor(values[first]).device
    tensors = []
    for name, value in values.items():
        where: Any = "the CPU"
        if _is_on_gpu(value):
            tensor = _tensor(value)
            where = tensor.device
            tensors.append(tensor)
        if where != home:
            raise TypeError(
                f"{name} must be on {home}, where {first} is, got {type(value).__name__} on {where}"
            )
    return tensors


def _tensor(value: Any) -> Any:
    """A torch tensor of any kind of array on a GPU, sharing its memory."""
    if _arrays.is_torch(value):
        return value.detach()
    torch = _torch()
    if hasattr(value, "__dlpack__"):
        return torch.from_dlpack(value)
    return torch.as_tensor(value, device="cuda")


def _torch() -> Any:
    try:
        import torch
    except ImportError as error:
        raise RuntimeError(f"arrays on a GPU need torch, for its memory: {error}") from None
    return torch


def _dtype(tensor: Any) -> str:
    return str(tensor.dtype).removeprefix("torch.")


def _vector(tensor: Any, name: str) -> Any:
    if tensor.is_complex():
        raise TypeError(f"{name} must hold numbers, got dtype {_dtype(tensor)}")
    if tensor.dim() != 1:
        raise ValueError(f"{name} must have shape [B], got {list(tensor.shape)}")
    return tensor


def _matrix(tensor: Any, name: str, dtypes: tuple[str, ...]) -> Any:
    _arrays.check_dtype(_dtype(tensor), name, dtypes)
    if tensor.dim() != 2:
        raise ValueError(f"{name} must have shape [B, T], got {list(tensor.shape)}")
    # The kernels step over rows of any stride, and want a row's elements side by side.
    return tensor if tensor.shape[1] < 2 or tensor.stride(1) == 1 else tensor.contiguous()


def _scratch(size: int, device: Any) -> Any:
    return _empty((_lead_rs.cuda_scratch_bytes(size),), "uint8", device)


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
