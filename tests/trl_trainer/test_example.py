"""The example trains, goes on from its checkpoint, and leaves a run that the commands read."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("trl", reason="TRL is not installed: make test-trl")


from lead_rs.cli import main
from lead_rs.runs.trl import LEAD_STATE

EXAMPLE = Path(__file__).parents[2] / "examples" / "trl" / "train.py"
CHAT = "{% for m in messages %}{{ m['content'] }}{% endfor %}"


def run(model, out, steps):
    environment = {**os.environ, "HF_HUB_OFFLINE": "1"}
    command = [sys.executable, EXAMPLE, model, out, str(steps)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    state = json.loads((out / f"checkpoint-{steps}" / "trainer_state.json").read_text())
    assert state["stateful_callbacks"][LEAD_STATE]["step"] == steps
    return done.stdout


def test_runs_and_is_resumed(tmp_path, model, tokenizer, monkeypatch, capsys):
    tokenizer.chat_template = CHAT
    model.save_pretrained(tmp_path / "model")
    tokenizer.save_pretrained(tmp_path / "model")
    assert "lead/w_corr" in run(tmp_path / "model", tmp_path / "out", 2)
    said = run(tmp_path / "model", tmp_path / "out", 4)
    commands = said.splitlines()[-3:]
    assert [line.split()[:2] for line in commands] == [
        ["lead-rs", name] for name in ("report", "replay", "lint")
    ]
    monkeypatch.chdir(tmp_path)
    capsys.readouterr()
    assert [main(shlex.split(line)[1:]) for line in commands] == [0, 0, 1]
    assert "lambda_corr of 4 steps is the log's within 0.0e+00\n" in capsys.readouterr().out
    assert "'lead/step': '3'" in said or "'lead/step': 3.0" in said
    assert "'lead/step': '1'" not in said
    assert "'lead/step': 1.0" not in said
    assert (tmp_path / "out" / "final" / "model.safetensors").exists()
