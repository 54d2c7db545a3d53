"""Puts the recipes' folders on the path, as their own programs have them; skips without verl."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
for folder in ("examples/training", "examples/ablations", "data", "tests/verl"):
    sys.path.append(str(ROOT / folder))

from verl_versions import verl_folder  # noqa: E402

OURS = ("N_GPUS", "CUDA_VISIBLE_DEVICES", "ROLLOUT_TP_SIZE", "BASE_MODEL", "DATA_DIR", "CKPT_DIR",
        "OUTPUT_ROOT", "EXPERIMENT_NAME", "DRY_RUN", "PREFLIGHT", "WANDB_API_KEY", "HF_TOKEN",
        "RAY_ADDRESS", "RATIO", "AGG", "METHODS", "RATIOS", "AGGS", "DONE_STEP")  # fmt: skip


def pytest_collection_modifyitems(items):
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.verl)
            if verl_folder() is None:
                item.add_marker(pytest.mark.skip(reason="verl is not installed"))


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch):
    """The developer's own settings stay out of the tests."""
    for name in OURS:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def python_path(tmp_path_factory):
    """A function from a verl wheel to the PYTHONPATH that puts it first."""
    folders = {}

    def unpack(wheel):
        if wheel == "installed":
            return ""
        if wheel not in folders:
            folders[wheel] = tmp_path_factory.mktemp("verl")
            zipfile.ZipFile(wheel).extractall(folders[wheel])
        return str(folders[wheel])

    return unpack


def clean():
    """The environment without the developer's own settings, and verl's."""
    return {
        name: value
        for name, value in os.environ.items()
        if name not in OURS and not name.startswith("VERL_")
    }


@pytest.fixture
def script(python_path, tmp_path):
    """Run one of the recipes' scripts."""

    def run(name, *arguments, wheel="installed", **environment):
        environment = {
            **clean(),
            "PYTHON": sys.executable,
            "PYTHONPATH": python_path(wheel),
            **environment,
        }
        return subprocess.run(
            ["bash", str(ROOT / name), *map(str, arguments)],
            capture_output=True, text=True, env=environment, cwd=tmp_path, timeout=100,
        )  # fmt: skip

    return run


@pytest.fixture(scope="session")
def arguments_of(tmp_path_factory):
    """What a recipe's script hands to launch.py, without starting it."""
    echo = tmp_path_factory.mktemp("bin") / "python"
    echo.write_text("#!/bin/sh\nprintf '%s\\0' \"$@\"\n")
    echo.chmod(0o755)

    def run(name, *arguments, **environment):
        done = subprocess.run(
            ["bash", str(ROOT / name), *arguments],
            capture_output=True, text=True, env={**clean(), **environment, "PYTHON": str(echo)},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        program, *handed, _ = done.stdout.split("\0")
        assert Path(program).samefile(ROOT / "examples/training/launch.py")
        return handed

    return run


@pytest.fixture(scope="session")
def composed(python_path, arguments_of):
    """Configurations on a verl, all from one process: of scripts with their environments."""
    made = {}

    def compose(wheel, scripts):
        key = (wheel, str(scripts))
        if key not in made:
            runs = [
                {"arguments": arguments_of(name, **environment), "environment": environment}
                for name, environment in scripts
            ]
            done = subprocess.run(
                [sys.executable, str(HERE / "compose_runs.py")],
                input=json.dumps(runs), capture_output=True, text=True, timeout=100,
                env={**clean(), "PYTHONPATH": python_path(wheel)},
            )  # fmt: skip
            assert done.returncode == 0, done.stderr
            made[key] = json.loads(done.stdout)
        return made[key]

    return compose


@pytest.fixture
def dry_run(script):
    """The configuration that a script would hand to verl."""
    from omegaconf import OmegaConf

    def run(name, *arguments, **options):
        done = script(name, *arguments, DRY_RUN="full", **options)
        assert done.returncode == 0, done.stderr
        return OmegaConf.create(done.stdout)

    return run
