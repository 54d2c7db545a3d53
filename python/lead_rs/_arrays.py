"""What users pass, as the numpy arrays the core takes; zero-copy wherever the dtype allows it.

torch is never imported here: a torch tensor can only come from a process that has imported it.
numpy is imported when the first array comes: it takes longer than all of the package, and grading
needs none.
"""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING, Any

from lead_rs._errors import LeadError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

MASK_DTYPES = ("int64", "bool", "uint8", "int32", "float32")
REWARD_DTYPES = ("float32", "float64")
HUGE_PAGE = 2 << 20


def is_torch(value: object) -> bool:
    """Whether `value` is a torch tensor."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.Tensor)


def like(reference: object, array: npt.NDArray[Any]) -> Any:
    """`array` as a torch tensor, sharing memory, if `reference` is one."""
    return sys.modules["torch"].from_numpy(array) if is_torch(reference) else array


def vector(value: Any, name: str) -> npt.NDArray[np.float64]:
    """Take a [B] array of any numeric dtype, a list or a torch CPU tensor, as float64."""
    import numpy as np

    if is_torch(value):
        value = _cpu(value, name)
        # numpy has no bfloat16; as float64 a complex number would lose its imaginary part.
        value = (value if value.is_complex() else value.double()).numpy()
    array = _numpy(value, name)
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{name} must hold numbers, got dtype {array.dtype}")
    if array.ndim != 1:
        raise LeadError(f"{name} must have shape [B], got {_shape(array)}")
    return np.require(array, np.float64, "A")


def reward(value: Any, name: str) -> npt.NDArray[np.float64]:
    """As `vector`, with NaN for None, where a response has no reward."""
    import numpy as np

    if isinstance(value, list | tuple) or (isinstance(value, np.ndarray) and value.dtype == object):
        value = [math.nan if entry is None else entry for entry in value]
    return vector(value, name)


def matrix(value: Any, name: str, dtypes: tuple[str, ...]) -> npt.NDArray[Any]:
    """Take a [B, T] array or torch CPU tensor of one of `dtypes`, without a copy."""
    import numpy as np

    if is_torch(value):
        value = _cpu(value, name)
        check_dtype(str(value.dtype).removeprefix("torch."), name, dtypes)
        value = value.numpy()
    array = _numpy(value, name)
    check_dtype(array.dtype.name, name, dtypes)
    if array.ndim != 2:
        raise LeadError(f"{name} must have shape [B, T], got {_shape(array)}")
    return np.require(array, array.dtype.newbyteorder("="), "A")


def output(shape: tuple[int, ...]) -> npt.NDArray[np.float32]:
    """An uninitialised float32 array, in huge pages from its first to its last byte if it is large.

    numpy asks for huge pages (from 4 MiB), which torch's allocator does not, but what lies before
    the first and after the last whole one comes in pages of 4 KiB: those took a sixth of a step at
    [1024, 8000], and a third at [64, 8000].
    """
    import numpy as np

    size = 4 * math.prod(shape)
    if size < HUGE_PAGE:
        return np.empty(shape, np.float32)
    room = np.empty(size + 2 * HUGE_PAGE, np.uint8)  # what is not touched takes no memory
    start = -room.ctypes.data % HUGE_PAGE
    return room[start : start + size].view(np.float32).reshape(shape)


def to_numpy(value: Any) -> npt.NDArray[Any]:
    """A numpy array of one of the package's own results, wherever it is."""
    array: npt.NDArray[Any] = value.cpu().numpy() if is_torch(value) else value
    return array


def uids(value: Any) -> list[Any] | npt.NDArray[Any]:
    """Take prompt uids in any sequence: an array of int64 or of objects, or a list."""
    if isinstance(value, str | bytes):
        raise TypeError(
            f"index must hold one uid per response, got a single {type(value).__name__}"
        )
    if isinstance(value, list):
        return value
    import numpy as np

    if is_torch(value):
        value = _cpu(value, "index").numpy()
    if isinstance(value, np.ndarray):
        if value.ndim != 1:
            raise LeadError(f"index must have shape [B], got {_shape(value)}")
        if value.dtype.kind in "iub":
            # Which bits a number has is of no account, as long as equal ones have equal ones.
            return np.require(value.astype(np.int64, copy=False), requirements="A")
        if value.dtype == object and getattr(sys, "_is_gil_enabled", lambda: True)():
            return value
        items: list[Any] = value.tolist()
        return items
    try:
        return list(value)
    except TypeError:
        raise TypeError(
            f"index must be a sequence of prompt uids, got {type(value).__name__}"
        ) from None


def check_dtype(dtype: str, name: str, dtypes: tuple[str, ...]) -> None:
    """Refuse a dtype by the argument's name."""
    if dtype not in dtypes:
        raise TypeError(f"{name} must have one of the dtypes {', '.join(dtypes)}, got {dtype}")


def _numpy(value: Any, name: str) -> npt.NDArray[Any]:
    import numpy as np

    try:
        return np.asarray(value)
    except (TypeError, ValueError, RuntimeError) as error:
        raise TypeError(
            f"{name} must be an array of numbers, got {type(value).__name__} ({error})"
        ) from None


def _cpu(tensor: Any, name: str) -> Any:
    if tensor.device.type != "cpu":
        raise TypeError(
            f"{name} must be on the CPU, got a tensor on {tensor.device}: move it with .cpu()"
        )
    return tensor.detach().resolve_conj().resolve_neg()


def _shape(array: npt.NDArray[Any]) -> list[int]:
    return list(array.shape)
