"""The advantage estimator ``lead``, as SkyRL calls it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from lead_rs import LeadConfig, WeightController, compute_lead_outcome_advantage
from lead_rs.runs.checkpoints import step_of

if TYPE_CHECKING:
    import torch

    from lead_rs.skyrl.settings import Checkpoints

_logger = logging.getLogger(__name__)


class Estimator:
    """Takes a LEAD step at each call, and keeps the weights beside the run's checkpoints.

    It is registered in one process and, pickled, called in another: what the run resumes from is
    looked up at the first call, once SkyRL has loaded it.

    Args:
        checkpoints: the run's.
        lead_config: LEAD's settings; default ``LeadConfig()``.

    Attributes:
        controller: the weights.
    """

    def __init__(self, checkpoints: Checkpoints, lead_config: LeadConfig | None = None) -> None:  # noqa: D107
        self.controller = WeightController(lead_config)
        self._checkpoints = checkpoints
        self._global_step: int | None = None

    def __call__(
        self,
        token_level_rewards: torch.Tensor,
        response_mask: torch.Tensor,
        index: Any,
        **_: Any,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Take one LEAD step on a batch of SkyRL's trainer.

        Args:
            token_level_rewards: [B, T] float32; a response is right if its sum is above 0.5.
            response_mask: [B, T] of 0 and 1.
            index: [B] prompt uids.

        Returns:
            ``(advantages, returns)``, the same [B, T] float32 tensor twice.

        Raises:
            LeadError, TypeError: as `lead_rs.compute_lead_outcome_advantage`; a state to resume
                from that is damaged or has other rewards.
            OSError: the state cannot be read or written.
        """
        if self._global_step is None:
            self._global_step = self._resume()
        both: tuple[torch.Tensor, torch.Tensor] = compute_lead_outcome_advantage(
            token_level_rewards, response_mask, index, controller=self.controller
        )
        self._global_step += 1
        self._checkpoints.save(self.controller, self._global_step)
        _logger.info("global step %d: %s", self._global_step, self.controller.metrics)
        return both

    def _resume(self) -> int:
        """The global step that the run goes on from, with its weights; 0 at the start."""
        folder = self._checkpoints.resumed()
        if folder is None:
            return 0
        if not self._checkpoints.load(self.controller, folder):
            _logger.warning(
                "There is no state of LEAD's for %s (was it saved by a run with another "
                "estimator?): LEAD's weights are at their start",
                folder,
            )
        return step_of(folder) or 0
