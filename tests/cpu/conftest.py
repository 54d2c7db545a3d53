"""The model that the runs train."""

import os
from pathlib import Path

import pytest
from filelock import FileLock


@pytest.fixture(scope="session")
def seed_folder(tmp_path_factory, warm_python):
    """Problems, and a model that has learnt enough to solve some; not to be written to.

    All workers share it.
    """
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    folder = shared / "seed1"
    with FileLock(shared / "seed1.lock"):
        if not (folder / "model").exists():
            program = str(Path(__file__).with_name("quick_start.py"))
            done = warm_python.run(
                [program, str(folder)], env=os.environ, cwd=Path.cwd(), timeout=600
            )
            assert done.returncode == 0, done.stderr
    return folder
