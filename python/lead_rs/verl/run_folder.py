"""verl's ``trainer.default_local_dir`` for one run at a time.

verl doesn't look after that. Two runs that save into one folder write into the same
``global_step_N`` in turn, and what is resumed from there may be of both.
"""

from __future__ import annotations

import errno
import fcntl
import logging
import os
import socket
import time
from pathlib import Path

_logger = logging.getLogger(__name__)

LOCK = "lead_run.lock"

TRIES = 20
"""Half seconds to wait for a run that is on its way out, as one that was restarted at once."""

# This process's locks: gone with it, however it ends. Unlike POSIX's they survive that others in
# the process open and close the file, as who copies the folder does.
_held: dict[Path, int] = {}


def _let_go() -> None:
    for descriptor in _held.values():
        os.close(descriptor)
    _held.clear()


# A child that outlives its parent would keep the lock.
os.register_at_fork(after_in_child=_let_go)


def check(folder: Path) -> None:
    """See that a run can save its checkpoints in a folder; nothing is changed.

    Args:
        folder: ``trainer.default_local_dir``; it need not be there yet.

    Raises:
        RuntimeError: another process has it.
        OSError: it cannot be written to.
    """
    folder = folder.resolve()
    if folder in _held:
        return
    there = next(place for place in (folder, *folder.parents) if os.path.exists(place))
    if not there.is_dir():
        raise _unusable(OSError(errno.ENOTDIR, os.strerror(errno.ENOTDIR)), folder)
    if not os.access(there, os.W_OK | os.X_OK):
        reason = errno.EROFS if os.statvfs(there).f_flag & os.ST_RDONLY else errno.EACCES
        raise _unusable(OSError(reason, os.strerror(reason)), folder)
    try:
        descriptor = os.open(folder / LOCK, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return
    try:
        _lock(descriptor, fcntl.LOCK_SH, folder)
    finally:
        os.close(descriptor)


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
        raise _unusable(error, folder) from error
    try:
        _lock(descriptor, fcntl.LOCK_EX, folder)
    except RuntimeError:
        os.close(descriptor)
        raise
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"process {os.getpid()} on {socket.gethostname()}".encode(), 0)
    _held[folder] = descriptor


def _lock(descriptor: int, operation: int, folder: Path) -> None:
    for left in reversed(range(TRIES)):
        try:
            fcntl.flock(descriptor, operation | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if left:
                time.sleep(0.5)
        except OSError as error:
            _logger.warning("%s: a second run here would go unnoticed (%s)", folder, error)
            return
    holder = os.pread(descriptor, 200, 0).decode(errors="replace")
    raise RuntimeError(
        f"{folder} is in use by another run ({holder}), and two runs would mix their "
        f"checkpoints there: stop it, or set trainer.default_local_dir to another folder"
    )


def _unusable(error: OSError, folder: Path) -> OSError:
    return OSError(
        error.errno,
        f"{error.strerror}: this run saves its checkpoints in trainer.default_local_dir, "
        f"which cannot be written to",
        str(folder),
    )
