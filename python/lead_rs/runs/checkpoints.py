"""The folders of a run's checkpoints, and the file that names the newest one."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from lead_rs._errors import LeadError

_logger = logging.getLogger(__name__)

TRACKER = "latest_checkpointed_iteration.txt"
_PREFIX = "global_step_"


def folder_of(run_folder: Path, step: int) -> Path:
    """Where the checkpoint of a step is in ``trainer.default_local_dir``.

    Example:
        >>> folder_of(Path("checkpoints"), 7).as_posix()
        'checkpoints/global_step_7'
    """
    return run_folder / f"{_PREFIX}{step}"


def step_of(folder: Path) -> int | None:
    """The step that a checkpoint's folder is of; None for another folder.

    Example:
        >>> step_of(Path("checkpoints/global_step_7")), step_of(Path("checkpoints"))
        (7, None)
    """
    name = folder.name.removeprefix(_PREFIX)
    return int(name) if name != folder.name and name.isdecimal() else None


def last_checkpoint(run_folder: Path) -> int:
    """The step of the last whole checkpoint in ``trainer.default_local_dir``; 0 if there is none.

    Example:
        >>> last_checkpoint(Path("no/such/run"))
        0
    """
    try:
        step = int((run_folder / TRACKER).read_text())
    except (OSError, ValueError):
        return 0
    return step if folder_of(run_folder, step).is_dir() else 0


def to_resume(trainer: Any) -> Path | None:
    """The ``global_step_N`` folder that a run will go on from, as verl finds it.

    Args:
        trainer: its ``config.trainer``.

    Returns:
        The folder; None where the run begins anew.

    Raises:
        LeadError: as `check_tracker`.
    """
    mode = trainer.get("resume_mode", "disable")
    if mode == "resume_path":
        return Path(str(trainer.resume_from_path))
    if mode != "auto":
        return None
    step = check_tracker(Path(trainer.default_local_dir))
    return None if step is None else folder_of(Path(trainer.default_local_dir), step)


def check_tracker(folder: Path) -> int | None:
    """See that the file by which verl finds the newest checkpoint names one.

    verl writes it in place: a run that is killed there, or whose disk is full, leaves it empty.

    Args:
        folder: ``trainer.default_local_dir``.

    Returns:
        The step it names; None if there is no such file, or no checkpoint of that step.

    Raises:
        LeadError: it names no step, with what to write into it. If the step it names isn't there,
            verl begins anew, and a warning is logged.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> (folder / "global_step_3").mkdir()
        >>> _ = (folder / TRACKER).write_text("3")
        >>> check_tracker(folder)
        3
    """
    path = folder / TRACKER
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, NotADirectoryError):
        return None
    if not text.strip().isdecimal():
        # verl writes data.pt last but for the tracker.
        names = [
            file.parent.name.removeprefix(_PREFIX) for file in folder.glob(f"{_PREFIX}*/data.pt")
        ]
        steps = [int(name) for name in names if name.isdecimal()]
        way_out = f"write {max(steps)} into it" if steps else "delete it to begin anew"
        raise LeadError(
            f"{path} has {text[:40]!r} in it instead of a step: the run was stopped, or its disk "
            f"full, while verl wrote it. To resume, {way_out}"
        )
    if not (named := folder_of(folder, int(text))).exists():
        _logger.warning(
            "%s names %s, which isn't there: verl begins anew, and so does LEAD", path, named
        )
        return None
    return int(text)
