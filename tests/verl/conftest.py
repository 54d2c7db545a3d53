"""Every test here needs the real verl; what they share."""

from __future__ import annotations

import os
import subprocess
import sys
import weakref
import zipfile
from pathlib import Path

import pytest
from verl_versions import ALGORITHM, import_quietly, module_file, verl_folder

from lead_rs.verl import run as lead_run

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items):
    mine = [item for item in items if HERE in item.path.parents]
    for item in mine:
        item.add_marker(pytest.mark.verl)
        if verl_folder() is None:
            item.add_marker(pytest.mark.skip(reason="verl is not installed"))


@pytest.fixture
def caplog(caplog):
    """pytest's, without what verl has to say: that depends on what was imported before."""

    def is_ours(record):
        return record.name.startswith("lead_rs")

    caplog.handler.addFilter(is_ours)
    yield caplog
    caplog.handler.removeFilter(is_ours)


@pytest.fixture(autouse=True)
def no_other_runs(monkeypatch):
    """Nothing is left of the runs of other tests."""
    monkeypatch.setattr(lead_run, "_runs", weakref.WeakSet())
    monkeypatch.setattr(lead_run, "_settings_without_trainer", set())


@pytest.fixture(scope="session")
def unpacked(tmp_path_factory):
    """A function from a wheel to what to put in front of sys.path: nothing if installed."""
    folders = {}

    def unpack(wheel):
        if wheel == "installed":
            return None
        if wheel not in folders:
            folders[wheel] = tmp_path_factory.mktemp("verl")
            zipfile.ZipFile(wheel).extractall(folders[wheel])
        return folders[wheel]

    return unpack


@pytest.fixture
def python(tmp_path, warm_python):
    """Run Python code or a program in a process of its own; its standard output and error.

    It has already imported what verl imports of others, unless it is to be `fresh`.
    """

    def fresh_python(arguments, **options):
        command = [sys.executable, *arguments]
        return subprocess.run(command, capture_output=True, text=True, **options)

    def run(*arguments, path=None, expect=0, timeout=280, fresh=False, **environment):
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("VERL_")},
            "PYTHONPATH": str(path or ""),
            **environment,
        }
        start = fresh_python if fresh else warm_python.run
        done = start(arguments, env=environment, cwd=tmp_path, timeout=timeout)
        assert (done.returncode == 0) == (expect == 0), done.stdout + done.stderr
        return done

    return run


@pytest.fixture(scope="session")
def v1():
    """The module of verl's trainer on TransferQueue, imported as a training run imports it."""
    for name in ("verl.trainer.ppo.v1.trainer_base", "verl.trainer.main_ppo_sync"):
        if module_file(name).exists():
            return import_quietly(name)
    return pytest.skip("this verl has no trainer on TransferQueue")


@pytest.fixture(scope="session")
def ray_trainer():
    """verl's legacy trainer module."""
    return import_quietly("verl.trainer.ppo.ray_trainer")


@pytest.fixture
def data_proto(ray_trainer):
    """A DataProto of B responses: score on the last valid token, right-padded."""

    def make(correctness, lengths, uids, width=None, **non_tensors):
        import numpy as np
        import torch

        from verl import DataProto

        lengths = torch.as_tensor(lengths)
        width = width or int(lengths.max())
        mask = (torch.arange(width) < lengths[:, None]).long()
        scores = torch.zeros(len(lengths), width)
        for row, (score, length) in enumerate(zip(correctness, lengths.tolist(), strict=True)):
            scores[row, max(length - 1, 0)] = score
        return DataProto.from_dict(
            tensors={
                "response_mask": mask,
                "token_level_scores": scores,
                "token_level_rewards": scores.clone(),
            },
            non_tensors={
                "uid": np.array(uids, dtype=object),
                **{name: np.array(value) for name, value in non_tensors.items()},
            },
        )

    return make


@pytest.fixture
def algorithm():
    """A `config.algorithm` node as verl composes it, as far as an advantage needs it."""
    from omegaconf import OmegaConf

    def make(**settings):
        config = OmegaConf.create(
            {
                "algorithm": {
                    **ALGORITHM,
                    **settings,
                }
            }
        )
        return config.algorithm

    return make
