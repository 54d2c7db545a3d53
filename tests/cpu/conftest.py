"""The model that the runs train."""

import subprocess
import sys

import pytest


@pytest.fixture(scope="session")
def seed_folder(tmp_path_factory):
    """Problems, and a model that has learnt enough to solve some; not to be written to."""
    folder = tmp_path_factory.mktemp("cpu") / "seed1"
    command = [sys.executable, "-m", "lead_rs.demo.warm_start", folder, "--steps=150"]
    subprocess.run(command, check=True, timeout=900)
    return folder
