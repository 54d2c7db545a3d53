"""The verl that is installed, found and read without importing it."""

from __future__ import annotations

import importlib.util
import os
import re
from pathlib import Path

TESTED = ("0.7.1", "0.8.0", "0.9.0", "0.9.1")

MODULE = "lead_rs.verl"
"""What verl has to import in each process, and from 0.9 on does by itself: it is a plug-in."""

MODULES_VARIABLE = "VERL_USE_EXTERNAL_MODULES"
"""The environment variable that names what older ones import."""

PLUGINS_VARIABLE = "VERL_USE_EXTERNAL_PLUGINS"
"""The one that keeps plug-ins out of newer ones."""


def folder() -> Path | None:
    """The folder of the verl package; None if it isn't installed."""
    spec = importlib.util.find_spec("verl")
    # Without an origin it is only a folder of that name, say a clone of verl's repository.
    return None if spec is None or spec.origin is None else Path(spec.origin).parent.resolve()


def version(verl: Path) -> str:
    """The version of a verl, by its folder."""
    return (verl / "version" / "version").read_text(encoding="utf-8").strip()


def loads_plugins(verl: Path) -> bool:
    """Whether a verl, by its folder, loads the plug-ins that are installed: 0.9 is the first."""
    return tuple(map(int, re.findall(r"\d+", version(verl))[:2])) >= (0, 9)


def named_modules() -> list[str]:
    """What the environment tells verl to import."""
    return [name for name in os.environ.get(MODULES_VARIABLE, "").split(",") if name]


def may_load_lead(verl: Path) -> bool:
    """Whether LEAD may be in the processes of that verl: the user can keep plug-ins out."""
    policy = os.environ.get(PLUGINS_VARIABLE, "auto").strip().lower()
    return (
        not loads_plugins(verl)
        or policy == "auto"
        or "lead_rs" in [name.strip() for name in policy.split(",")]
        or MODULE in named_modules()
    )
