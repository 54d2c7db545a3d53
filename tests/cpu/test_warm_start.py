"""The program that makes what a run begins with."""

from __future__ import annotations

import importlib.util
import resource

import pytest

pytestmark = pytest.mark.skipif(importlib.util.find_spec("verl") is None, reason="no verl")


def run(monkeypatch, *arguments):
    from lead_rs.demo import warm_start

    monkeypatch.setattr("sys.argv", ["warm_start.py", *map(str, arguments)])
    warm_start.main()


def test_a_disk_that_fills_up(monkeypatch, tmp_path):
    """What writes the weights has an exception of its own for that."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**19, hard))
    try:
        with pytest.raises(SystemExit, match="failed: .*File too large"):
            run(monkeypatch, tmp_path, "--steps=1")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not list(tmp_path.glob("model*"))
    run(monkeypatch, tmp_path, "--steps=1")
    assert (tmp_path / "model" / "model.safetensors").stat().st_size > 2**19


def test_a_model_that_is_there_already(monkeypatch, capsys, tmp_path):
    (tmp_path / "model").mkdir()
    with pytest.raises(SystemExit):
        run(monkeypatch, tmp_path)
    assert f"{tmp_path / 'model'} is there already" in capsys.readouterr().err
