"""A run as the report takes it: its log, and what else of it is in its folder."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from lead_rs._files import StrPath
from lead_rs.runs.held_out import Accuracy, load_held_out
from lead_rs.runs.logs import Log, load_log
from lead_rs.runs.settings import Settings, load_settings


@dataclasses.dataclass(frozen=True)
class Run:
    """A run.

    Attributes:
        log: its metrics.
        held_out: its validations problem by problem, by step, where it dumped them.
        settings: what it was started with, where that is kept.
    """

    log: Log
    held_out: dict[int, Accuracy]
    settings: Settings | None


def load_run(path: StrPath) -> Run:
    """Read a run.

    Args:
        path: the run's folder, or its log itself, in which there is nothing else.

    Raises:
        CommandError: as `load_log`.
    """
    path = Path(path)
    log = load_log(path)
    return Run(log, load_held_out(path, log), load_settings(path))
