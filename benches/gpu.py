"""On a machine with an NVIDIA GPU: test the installed wheel, sanitise it, time it, in one go.

Usage: python benches/gpu.py [--out FOLDER]    (default outputs/gpu)

Needs the wheel, torch, pytest, pytest-timeout and hypothesis installed.

1. the GPU tests (`pytest -m gpu`);
2. compute-sanitizer's memcheck and racecheck over a part of them, if it is installed;
3. one table: each path, time, ratio to a device-to-device copy of the same bytes, ratio to lead_rs.

Times are of the wall, in microseconds, from call to the device's last write: medians over rounds in
which every path runs once. Only lead_rs also groups uid strings; the others are given numbers.
Builds nothing. Saves gpu.json; the exit status is 1 if a test or a sanitizer failed.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import torch

import lead_rs

sys.path.insert(0, str(Path(__file__).parent / "speed"))

from advantage import FLOOR, OURS, batch, compare, ratio, show
from plain_lead import vectorised_lead

TESTS = Path(__file__).parents[1] / "tests"
SIZES = ((1024, 1), (1024, 8000), (8192, 4096), (1024, 32000), (32768, 4096))
# A golden case, ragged widths of every dtype, and what is refused: each kernel at least once.
SANITISED = "large or every_kind_of_array or faults"


def run(name, command, extra=None):
    """Run a part in a process of its own; True if it succeeded."""
    print(f"\n{name}", flush=True)
    environment = {**os.environ, "PYTORCH_NO_CUDA_MEMORY_CACHING": "1"} if extra else None
    done = subprocess.run(command, cwd=TESTS, env=environment)
    return done.returncode == 0


def checks():
    """{part: whether it passed, or why it was left out}."""
    pytest = [sys.executable, "-m", "pytest", "-q", "cuda/test_gpu.py"]
    found = {"gpu tests": run("GPU tests", pytest)}
    sanitizer = shutil.which("compute-sanitizer")
    for tool in ("memcheck", "racecheck"):
        if sanitizer is None:
            found[tool] = "compute-sanitizer is not on PATH"
            continue
        command = [sanitizer, "--tool", tool, "--error-exitcode", "9", *pytest, "-k", SANITISED]
        found[tool] = run(tool, [*command, "-o", "timeout=0"], extra=True)
    return found


def on_device(function):
    """The function, with the wait for the device in it."""

    def call():
        function()
        torch.cuda.synchronize()

    return call


def table(sizes, device, rounds):
    """Each path at each size."""
    rows = []
    compiled = torch.compile(vectorised_lead, dynamic=False)
    for size, width in sizes:
        rewards, mask, index = batch(size, width)
        uids = index.tolist()
        numbers = {uid: number for number, uid in enumerate(dict.fromkeys(uids))}
        group = torch.tensor([numbers[uid] for uid in uids], device=device)
        r, m = torch.from_numpy(rewards).to(device), torch.from_numpy(mask).to(device)
        source = torch.ones(size * width, dtype=torch.int64, device=device)
        target = torch.empty_like(source)
        controller = lead_rs.WeightController(lead_rs.LeadConfig(lstar_mode="max_sym"))
        arguments = (r, m, group, len(numbers))
        paths = {
            FLOOR: lambda a=(target, source): a[0].copy_(a[1]),
            OURS: lambda a=(r, m, uids), c=controller: lead_rs.compute_lead_outcome_advantage(
                *a, controller=c
            ),
            "eager torch LEAD": lambda a=arguments: vectorised_lead(*a),
            "compiled torch LEAD": lambda a=arguments: compiled(*a),
        }
        times = compare({k: on_device(f) for k, f in paths.items()}, rounds, time.perf_counter, 5)
        for name, spent in times.items():
            middle = sorted(spent)[len(spent) // 2]
            rows.append(
                {
                    "size": f"{size}x{width}",
                    "path": name,
                    "us": 1e6 * middle,
                    "to_floor": ratio(spent, times[FLOOR]),
                    "to_lead_rs": ratio(spent, times[OURS]),
                }
            )
    return rows


def main():
    """Run everything; the table comes last."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("outputs/gpu"))
    arguments = parser.parse_args()
    reason = lead_rs.cuda.why_not()
    if reason is None and not torch.cuda.is_available():
        reason = f"torch {torch.__version__} sees no GPU"
    if reason is not None:
        raise SystemExit(reason)
    arguments.out.mkdir(parents=True, exist_ok=True)
    found = checks()
    report = {
        "lead_rs": lead_rs.__version__,
        "torch": torch.__version__,
        "device": torch.cuda.get_device_name(),
        "checks": found,
        "paths": table(SIZES, torch.device("cuda", torch.cuda.current_device()), rounds=50),
    }
    (arguments.out / "gpu.json").write_text(json.dumps(report, indent=1))
    print(f"\n{report['device']}, torch {torch.__version__}, lead_rs {lead_rs.__version__}")
    for part, outcome in found.items():
        print(f"  {part:<12}{ {True: 'passed', False: 'FAILED'}.get(outcome, outcome) }")
    show("microseconds, wall", report["paths"])
    return 1 if False in found.values() else 0


if __name__ == "__main__":
    sys.exit(main())
