"""Runs the recipes' scripts, and composes what they name; skips without verl."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
sys.path.append(str(ROOT / "tests/verl"))

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


def handed(tmp_path_factory, name, *arguments, **environment):
    """What a recipe's script hands to the command line: the recipe's name and the overrides."""
    echo = tmp_path_factory.mktemp("bin") / "python"
    echo.write_text("#!/bin/sh\nprintf '%s\\0' \"$@\"\n")
    echo.chmod(0o755)
    done = subprocess.run(
        ["bash", str(ROOT / name), *arguments],
        capture_output=True, text=True, env={**clean(), **environment, "PYTHON": str(echo)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    option, module, command, recipe, *overrides, _ = done.stdout.split("\0")
    assert (option, module, command) == ("-m", "lead_rs", "train")
    return recipe, overrides


@pytest.fixture(scope="session")
def recipe_of(tmp_path_factory):
    """The recipe and the overrides that a script names."""
    return functools.partial(handed, tmp_path_factory)


@pytest.fixture(scope="session")
def composed(python_path, recipe_of, tmp_path_factory, warm_python):
    """Configurations on a verl, all from one process: of scripts with their environments."""
    made = {}

    def compose(wheel, scripts):
        key = (wheel, str(scripts))
        if key not in made:
            runs = []
            for script, environment in scripts:
                name, overrides = recipe_of(script)
                runs.append({"name": name, "overrides": overrides, "environment": environment})
            done = warm_python.run(
                [str(HERE / "compose_runs.py")],
                input=json.dumps(runs),
                timeout=100,
                env={**clean(), "PYTHONPATH": python_path(wheel)},
                cwd=tmp_path_factory.mktemp("composed"),
            )
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
