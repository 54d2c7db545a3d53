"""What LEAD does where transformers' Trainer begins to train, and after each step."""

from __future__ import annotations

import logging
from typing import Any

from transformers import TrainerCallback

from lead_rs import WeightController
from lead_rs.runs.trl import LEAD_STATE
from lead_rs.trl import rollouts

_logger = logging.getLogger(__name__)


class LeadState(TrainerCallback):
    """Keeps the controller's state in the trainer's, which is in every checkpoint.

    Args:
        controller: whose state it is; takes on a checkpoint's.

    transformers' own `ExportableState` would fail at the first save after resuming a run that began
    without it, and restores into a callback that the trainer doesn't know.
    """

    def __init__(self, controller: WeightController) -> None:  # noqa: D107
        self.controller = controller

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Go on from the checkpoint's weights.

        Raises:
            ValueError: what the checkpoint has is damaged, or another configuration's.
        """
        saved = state.stateful_callbacks.get(LEAD_STATE)
        if saved is not None:
            try:
                self.controller.load_state_dict(saved)
            except (TypeError, ValueError) as error:
                raise ValueError(
                    f"LEAD's state in the checkpoint's trainer_state.json: {error}. Resume from "
                    f"another checkpoint, or delete stateful_callbacks.{LEAD_STATE} in that file "
                    f"to go on with LEAD's weights at their start"
                ) from error
        elif state.global_step > 0:
            _logger.warning(
                "The checkpoint of step %d has no state of LEAD's, it is another estimator's: "
                "LEAD's weights are at their start",
                state.global_step,
            )

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Put the weights where the next checkpoint takes them from."""
        state.stateful_callbacks[LEAD_STATE] = self.controller.state_dict()


class SetAside(TrainerCallback):
    """Sets aside what a run wrote of steps that it takes again, or that another in its folder did.

    They would be read as this run's until it has written the same steps, and those that it never
    gets to for good.
    """

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Do so, in one process.

        Raises:
            OSError: they cannot be moved.
        """
        if args.log_completions and state.is_world_process_zero:
            rollouts.set_aside(args.output_dir, state.global_step)
