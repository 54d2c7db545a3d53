"""The SkyRL that is installed, and what of it `lead_rs.skyrl` relies on."""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import inspect
from typing import Any

MODULE = "skyrl.backends.skyrl_train.utils.ppo_utils"

RELIED_ON = {
    "AdvantageEstimatorRegistry.register": ("name", "func"),
    "AdvantageEstimatorRegistry.get": ("name",),
    "compute_advantages_and_returns": ("token_level_rewards", "response_mask", "index"),
}
"""What is called in `MODULE`, or calls the estimator, with its first parameters."""


def registry() -> Any:
    """SkyRL's ``AdvantageEstimatorRegistry``.

    Raises:
        ImportError: SkyRL is not installed, cannot be imported, or has no such registry.
    """
    if importlib.util.find_spec("skyrl") is None:
        raise ImportError(
            "lead_rs.skyrl.register needs SkyRL, which is not installed: pip install 'skyrl[fsdp]'"
        )
    try:
        module = importlib.import_module(MODULE)
    except ImportError as error:
        raise ImportError(f"{_unusable()}: {MODULE} cannot be imported ({error})") from error
    for name, expected in RELIED_ON.items():
        found = _parameters(module, name)
        if found is None or found[: len(expected)] != expected:
            raise ImportError(
                f"{_unusable()}: {MODULE}.{name} should take {expected}, found {found}"
            )
    return module.AdvantageEstimatorRegistry


def _parameters(thing: Any, name: str) -> tuple[str, ...] | None:
    for part in name.split("."):
        thing = getattr(thing, part, None)
    return tuple(inspect.signature(thing).parameters) if callable(thing) else None


def _unusable() -> str:
    return f"SkyRL {importlib.metadata.version('skyrl')} is not one that lead_rs.skyrl works in"
