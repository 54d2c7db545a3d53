"""LEAD on NVIDIA GPUs.

There is nothing to switch on: arrays on a GPU are computed there. This module says whether that
can be.
"""

from __future__ import annotations

from lead_rs import _lead_rs

__all__ = ["is_available", "why_not"]


def is_available() -> bool:
    """Whether there is an NVIDIA driver with a device that LEAD can run on.

    Returns:
        True if so. Never raises, and needs neither torch nor CUDA to be installed.

    Example:
        >>> import lead_rs.cuda
        >>> lead_rs.cuda.is_available() == (lead_rs.cuda.why_not() is None)
        True
    """
    return why_not() is None


def why_not() -> str | None:
    """Say why LEAD cannot run on a GPU here.

    Returns:
        The reason in one line; None if it can.

    Example:
        >>> import lead_rs.cuda
        >>> reason = lead_rs.cuda.why_not()
        >>> reason is None or reason.startswith("CUDA is not available: ")
        True
    """
    try:
        _lead_rs.cuda_device_count()
    except RuntimeError as error:
        return str(error)
    return None
