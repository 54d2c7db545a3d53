"""Ten thousand steps keep no memory, from one thread and from sixteen."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import lead_rs
import memory

MOST_BYTES, MOST_BLOCKS = 2 << 20, 2_000
"""Of 10,000 steps: 200 bytes each would be too much, or a Python object in every fifth."""


def run(*arguments):
    command = [sys.executable, Path(memory.__file__), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


@pytest.mark.parametrize("threads", ["one", "sixteen"])
def test_steps_keep_no_memory(threads):
    kept = run(threads)
    assert kept["bytes"] < MOST_BYTES
    assert kept["blocks"] < MOST_BLOCKS
    each = memory.STEPS // (1 if threads == "one" else memory.THREADS)
    alone = lead_rs.WeightController()
    for _ in range(2 * each):
        lead_rs.compute_advantage(memory.CORRECTNESS, memory.LENGTH, memory.INDEX, controller=alone)
    if threads == "one":
        assert kept["states"] == [alone.state_dict()]
    else:
        *own, shared = kept["states"]
        assert own == [alone.state_dict()] * memory.THREADS
        assert shared["step"] == each * memory.THREADS


def test_a_leak_would_be_seen():
    kept = run("one", "leak")
    assert kept["bytes"] > MOST_BYTES
    assert kept["blocks"] > MOST_BLOCKS
