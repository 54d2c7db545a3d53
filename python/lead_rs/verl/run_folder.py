"""verl's ``trainer.default_local_dir``: one run at a time, and a tracker that names a checkpoint.

verl looks after neither. Two runs that save into one folder write into the same ``global_step_N``
in turn, and what is resumed from there may be of both.
"""

from __future__ import annotations

import fcntl
import logging
import os
import socket
import time
from pathlib import Path

_logger = logging.getLogger(__name__)

LOCK = "lead_run.lock"
TRACKER = "latest_checkpointed_iteration.txt"

TRIES = 20
"""Half seconds to wait for a run that is on its way out, as one that was restarted at once."""

# A lock of the process: gone with it, however it ends, and not passed on to what it forks.
_held: dict[Path, int] = {}


def hold(folder: Path) -> None:
    """Claim a folder for the checkpoints of this process's run, until the process ends.

    Args:
        folder: ``trainer.default_local_dir``; made if it isn't there.

    Raises:
        RuntimeError: another process has it.
        OSError: it cannot be written to.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp(), "checkpoints")
        >>> hold(folder)
        >>> [file.name for file in folder.iterdir()]
        ['lead_run.lock']
    """
    folder = folder.resolve()
    if folder in _held:
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise OSError(
            error.errno,
            f"{error.strerror}: this run saves its checkpoints in trainer.default_local_dir, "
            f"which cannot be written to",
            str(folder),
        ) from error
    for left in reversed(range(TRIES)):
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):
            if left:
                time.sleep(0.5)
                continue
            holder = os.pread(descriptor, 200, 0).decode(errors="replace")
            os.close(descriptor)
            raise RuntimeError(
                f"{folder} is in use by another run ({holder}), and two runs would mix their "
                f"checkpoints there: stop it, or set trainer.default_local_dir to another folder"
            ) from None
        except OSError as error:
            _logger.warning("%s: a second run here would go unnoticed (%s)", folder, error)
        break
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"process {os.getpid()} on {socket.gethostname()}".encode(), 0)
    _held[folder] = descriptor


def check_tracker(folder: Path) -> None:
    """See that the file by which verl finds the newest checkpoint names one.

    verl writes it in place: a run that is killed there, or whose disk is full, leaves it empty.

    Args:
        folder: ``trainer.default_local_dir``.

    Raises:
        ValueError: it names no step, with what to write into it. If the step it names isn't there,
            verl begins anew, and a warning is logged.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> (folder / "global_step_3").mkdir()
        >>> _ = (folder / TRACKER).write_text("3")
        >>> check_tracker(folder)
    """
    path = folder / TRACKER
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return
    if not text.strip().isdecimal():
        # verl writes data.pt last but for the tracker.
        steps = [
            int(file.parent.name.removeprefix("global_step_"))
            for file in folder.glob("global_step_*/data.pt")
            if file.parent.name.removeprefix("global_step_").isdecimal()
        ]
        way_out = f"write {max(steps)} into it" if steps else "delete it to begin anew"
        raise ValueError(
            f"{path} has {text[:40]!r} in it instead of a step: the run was stopped, or its disk "
            f"full, while verl wrote it. To resume, {way_out}"
        )
    if not (named := folder / f"global_step_{int(text)}").exists():
        _logger.warning(
            "%s names %s, which isn't there: verl begins anew, and so does LEAD", path, named
        )
