"""The versions of TRL that `LeadGRPOTrainer` works in, and what of them it relies on."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import inspect

LOWEST, BELOW = (0, 29), (2, 0)
_SUPPORTED = "lead_rs.trl.LeadGRPOTrainer needs TRL 0.29 or later, below 2"

OVERRIDDEN = {
    "_calculate_rewards": ("inputs", "prompts", "completions", "completion_ids_list"),
    "_generate_and_score_completions": ("inputs",),
}
"""The methods of GRPOTrainer that are overridden, with their arguments after self."""


def check_installed() -> None:
    """See that TRL is installed, in a supported version.

    Raises:
        ImportError: it is not.
    """
    if importlib.util.find_spec("trl") is None:
        raise ImportError(f"{_SUPPORTED}, which is not installed: pip install 'lead-rs[trl]'")
    found = importlib.metadata.version("trl")
    major, minor = (int(part) for part in found.split(".")[:2])
    if not LOWEST <= (major, minor) < BELOW:
        raise ImportError(f"{_SUPPORTED}, found {found}")


def check_trainer(trainer: type) -> None:
    """See that a GRPOTrainer has the methods that are overridden, as they are called.

    Raises:
        ImportError: one is missing, or has other arguments.
    """
    for name, expected in OVERRIDDEN.items():
        method = getattr(trainer, name, None)
        found = method and tuple(inspect.signature(method).parameters)[1:]
        if found != expected:
            raise ImportError(
                f"TRL {importlib.metadata.version('trl')} is not one that LeadGRPOTrainer works "
                f"in: GRPOTrainer.{name} should take {expected}, found {found}"
            )
