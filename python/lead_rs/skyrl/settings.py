"""What is read of SkyRL's configuration: what LEAD cannot do, and where its states are."""

from __future__ import annotations

import contextlib
import dataclasses
import operator
from pathlib import Path
from typing import Any

from lead_rs import LeadConfig, WeightController
from lead_rs._errors import LeadError
from lead_rs.runs.checkpoints import folder_of, step_of
from lead_rs.runs.recorded import FILE_NAME
from lead_rs.verl import checkpoint

NAME = "lead"
"""Of the advantage estimator."""

NEWEST = "latest_ckpt_global_step.txt"
"""The file in ``trainer.ckpt_path`` that has the step of the newest checkpoint."""

STATES = "lead_states"
"""The folder of LEAD's states, beside the checkpoints."""

READ = (
    "trainer.algorithm.advantage_estimator",
    "trainer.algorithm.use_kl_in_reward",
    "trainer.ckpt_path",
    "trainer.resume_mode",
    "trainer.resume_path",
    "generator.step_wise_trajectories",
)
"""The settings of SkyRL's that are read."""


def check(cfg: Any, lead_config: LeadConfig) -> None:
    """See that a run can be LEAD's, as far as it asks for LEAD.

    Raises:
        LeadError: it cannot, or not go on from its checkpoint.
    """
    if _setting(cfg, "trainer.algorithm.advantage_estimator") != NAME:
        return
    if _setting(cfg, "trainer.algorithm.use_kl_in_reward"):
        raise LeadError(
            "trainer.algorithm.use_kl_in_reward must be false, got true: LEAD reads from the "
            "rewards which responses are right, use_kl_loss leaves them as they are"
        )
    if _setting(cfg, "generator.step_wise_trajectories"):
        raise LeadError(
            "generator.step_wise_trajectories must be false, got true: with it SkyRL gives an "
            "estimator no lengths"
        )
    if "://" in (path := str(_setting(cfg, "trainer.ckpt_path"))):
        raise LeadError(
            f"trainer.ckpt_path must be a folder, got {path!r}: LEAD's states are written there "
            "as files"
        )
    if keys := lead_config.reward_keys:
        raise LeadError(
            f"lead_config.rewards must be correctness and efficiency, got {', '.join(keys)}: "
            "SkyRL gives an estimator one reward of each response"
        )
    checkpoints = Checkpoints.of(cfg)
    if (resumed := checkpoints.resumed()) is not None:
        checkpoint.check(lead_config, _state_of(resumed))


@dataclasses.dataclass(frozen=True)
class Checkpoints:
    """A run's checkpoints, and the states beside them.

    Attributes:
        folder: ``trainer.ckpt_path``.
        resume_mode: ``trainer.resume_mode``.
        resume_path: ``trainer.resume_path``.
    """

    folder: Path
    resume_mode: str | None
    resume_path: str | None

    @classmethod
    def of(cls, cfg: Any) -> Checkpoints:
        """Those of a ``SkyRLTrainConfig``.

        Raises:
            TypeError: it is none.
        """
        return cls(
            Path(_setting(cfg, "trainer.ckpt_path")),
            _setting(cfg, "trainer.resume_mode"),
            _setting(cfg, "trainer.resume_path"),
        )

    def resumed(self) -> Path | None:
        """The ``global_step_N`` folder that SkyRL resumes from; None where it begins anew.

        Raises:
            LeadError: a ``trainer.resume_path`` of another name, a file `NEWEST` without a step.
        """
        if self.resume_mode == "from_path":
            folder = Path(str(self.resume_path))
            if step_of(folder) is None:
                raise LeadError(
                    "trainer.resume_path must be a global_step_N folder, got "
                    f"{str(self.resume_path)!r}"
                )
            return folder
        newest = self.folder / NEWEST
        if self.resume_mode != "latest" or not newest.exists():
            return None
        step = newest.read_text(encoding="utf-8", errors="replace").strip()
        if not step.isdecimal():
            raise LeadError(f"{newest} must have a step in it, got {step[:40]!r}")
        return folder_of(self.folder, int(step))

    def load(self, controller: WeightController, resumed: Path) -> bool:
        """Take on a checkpoint's state, as `lead_rs.verl.checkpoint.load`."""
        return checkpoint.load(controller, _state_of(resumed))

    def save(self, controller: WeightController, step: int) -> None:
        """Write the state after a step; remove those of others that have no checkpoint.

        SkyRL doesn't say when it saves a checkpoint, and this one's comes after the call, if at
        all.

        Raises:
            OSError: it cannot be written.
        """
        checkpoint.save(controller, _state_of(folder_of(self.folder, step)))
        for state in (self.folder / STATES).iterdir():
            if step_of(state) not in (None, step) and not (self.folder / state.name).exists():
                (state / FILE_NAME).unlink(missing_ok=True)
                with contextlib.suppress(OSError):  # something else is in it
                    state.rmdir()


def _state_of(folder: Path) -> Path:
    """Where the state of a ``global_step_N`` folder is."""
    return folder.parent / STATES / folder.name


def _setting(cfg: Any, name: str) -> Any:
    try:
        return operator.attrgetter(name)(cfg)
    except AttributeError:
        raise TypeError(
            f"cfg must be SkyRL's SkyRLTrainConfig, which has {name}, got {type(cfg).__name__} "
            "without it"
        ) from None
