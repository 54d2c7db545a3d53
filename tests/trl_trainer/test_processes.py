"""Two processes, gloo on the CPU: both compute the same step, on the batch of both."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("trl", reason="TRL is not installed: make test-trl")

import lead_rs
from lead_rs.replay import load_rollouts, replay

GROUPS = [row // 4 for row in range(12)]
PROGRAM = Path(__file__).parent / "two_processes.py"


def test_both_compute_the_same_step(tmp_path, model, tokenizer):
    model.save_pretrained(tmp_path / "model")
    tokenizer.save_pretrained(tmp_path / "model")
    launch = ["-m", "torch.distributed.run", "--standalone", "--nproc_per_node=2"]
    done = subprocess.run(
        [sys.executable, *launch, PROGRAM, tmp_path / "model", tmp_path / "out"],
        env={**os.environ, "ACCELERATE_USE_CPU": "true", "HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    one, other = (json.loads((tmp_path / "out" / f"{rank}.json").read_text()) for rank in (0, 1))
    assert one == other
    controller = lead_rs.WeightController(lead_rs.LeadConfig(**one["state"]["config"]))
    for step, batch in enumerate(one["given"]):
        controller.enter_step(step)
        out = lead_rs.compute_advantage(index=GROUPS, **batch, controller=controller)
    assert one["advantages"] == out.advantages.tolist()
    assert one["state"] == controller.state_dict()
    assert controller.step == 2
    steps = load_rollouts(tmp_path / "out" / "completions", rewards=["early"])
    assert [len(step) for step in steps] == [12, 12]
    assert replay(steps, controller.config).curve("lead/step") == [1, 2]
    assert [step.response_length.tolist() for step in steps] == [
        batch["response_length"] for batch in one["given"]
    ]
