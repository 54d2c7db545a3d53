"""Packages that only some commands need, and that may be missing."""

from __future__ import annotations

import importlib.util

from lead_rs._errors import CommandError


def require(purpose: str, extra: str, *modules: str) -> None:
    """See that optional packages are installed.

    Args:
        purpose: what needs them, the beginning of the message.
        extra: the extra of lead-rs that brings them.
        modules: their import names.

    Raises:
        CommandError: naming those that are missing and the way to install them.

    Example:
        >>> require("a picture", "report", "no_such_module")
        Traceback (most recent call last):
        ...
        lead_rs.CommandError: a picture needs no_such_module: pip install 'lead-rs[report]'
    """
    missing = [name for name in modules if importlib.util.find_spec(name) is None]
    if missing:
        raise CommandError(f"{purpose} needs {', '.join(missing)}: pip install 'lead-rs[{extra}]'")
