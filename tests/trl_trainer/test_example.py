"""The example trains, and goes on from its checkpoint."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("trl", reason="TRL is not installed: make test-trl")


from lead_rs.trl.state import KEY

EXAMPLE = Path(__file__).parents[2] / "examples" / "trl" / "train.py"
CHAT = "{% for m in messages %}{{ m['content'] }}{% endfor %}"


def run(model, out, steps):
    environment = {**os.environ, "HF_HUB_OFFLINE": "1"}
    command = [sys.executable, EXAMPLE, model, out, str(steps)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    state = json.loads((out / f"checkpoint-{steps}" / "trainer_state.json").read_text())
    assert state["stateful_callbacks"][KEY]["step"] == steps
    return done.stdout


def test_runs_and_is_resumed(tmp_path, model, tokenizer):
    tokenizer.chat_template = CHAT
    model.save_pretrained(tmp_path / "model")
    tokenizer.save_pretrained(tmp_path / "model")
    assert "lead/w_corr" in run(tmp_path / "model", tmp_path / "out", 2)
    said = run(tmp_path / "model", tmp_path / "out", 4)
    assert "'lead/step': '3'" in said or "'lead/step': 3.0" in said
    assert "'lead/step': '1'" not in said
    assert "'lead/step': 1.0" not in said
    assert (tmp_path / "out" / "final" / "model.safetensors").exists()
