"""Puts the example's folder on the path, as its own programs have it; the model to train."""

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[2] / "examples" / "cpu"
sys.path.insert(0, str(EXAMPLE))


@pytest.fixture(scope="session")
def seed_folder(tmp_path_factory):
    """Problems, and a model that has learnt enough to solve some; not to be written to."""
    folder = tmp_path_factory.mktemp("cpu") / "seed1"
    command = [sys.executable, EXAMPLE / "warm_start.py", folder, "--steps=150"]
    subprocess.run(command, check=True, timeout=900)
    return folder
