"""The benchmarks start: what they import and how they are called is still there."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

BENCHES = Path(__file__).parents[1] / "benches"
SCRIPTS = (
    "gpu.py",
    "graders/agreement.py",
    "graders/made_pairs.py",
    "graders/speed.py",
    "speed/advantage.py",
    "speed/driver_cost.py",
)
LIBRARIES = (
    "graders/guarded.py",
    "graders/pairs.py",
    "graders/peers.py",
    "graders/real_data.py",
    "speed/plain_lead.py",
)
"""What the others import; `pairs` writes them besides."""

NEEDS = {"graders/made_pairs.py": "sympy", "speed/driver_cost.py": "verl"}


def test_every_benchmark_is_tried():
    there = {file.relative_to(BENCHES).as_posix() for file in BENCHES.rglob("*.py")}
    assert there == {*SCRIPTS, *LIBRARIES}


@pytest.mark.parametrize("script", SCRIPTS)
def test_it_starts(script):
    needs = NEEDS.get(script, "numpy")
    if importlib.util.find_spec(needs) is None:
        pytest.skip(f"{needs} is not installed")
    command = [sys.executable, str(BENCHES / script), "--help"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("usage: ")


def test_pairs_are_written(tmp_path):
    command = [sys.executable, str(BENCHES / "graders/pairs.py"), str(tmp_path / "pairs.jsonl")]
    subprocess.run(command, check=True, timeout=100)
    assert '"equal": false' in (tmp_path / "pairs.jsonl").read_text()
