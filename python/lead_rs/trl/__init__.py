"""LEAD in TRL: ``LeadGRPOTrainer``, and a reward function for any of TRL's trainers.

The reward functions do without TRL, which is imported when `LeadGRPOTrainer` is first asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lead_rs.trl.rewards import accuracy_reward, get_accuracy_reward

if TYPE_CHECKING:
    from lead_rs.trl.trainer import LeadGRPOTrainer as LeadGRPOTrainer

# Without the trainer, so that a star import needs no TRL.
__all__ = ["accuracy_reward", "get_accuracy_reward"]


# A type checker that saw it would know of every name, misspelt ones too.
if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        if name != "LeadGRPOTrainer":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from lead_rs.trl.trainer import LeadGRPOTrainer

        return LeadGRPOTrainer
