"""Time a step on vectors in several builds of lead_rs, one beside the other, in CPU time.

    python benches/speed/builds.py BEFORE.whl dist/*.whl

The builds take turns, each round in a process of its own, so that what else the machine does is
the same for all of them.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROUNDS, CALLS, GROUP = 7, 150, 8
CHILD = f"""
import json, statistics, sys, time, uuid
import numpy as np
import lead_rs
size = int(sys.argv[1])
lead_rs.set_num_threads(1)
rng = np.random.default_rng(0)
order = rng.permutation(size)
names = [str(uuid.UUID(bytes=rng.bytes(16))) for _ in range(size // {GROUP})]
strings = np.repeat(np.array(names, object), {GROUP})[order]
integers = np.repeat(np.arange(size // {GROUP}), {GROUP})[order]
correctness = (rng.random(size) < 0.6).astype(np.float32)
length = rng.integers(200, 8000, size)
config = lead_rs.LeadConfig(lstar_mode="max_sym")
found = {{}}
for name, index in dict(strings=strings, integers=integers, list=integers.tolist()).items():
    spent = []
    for _ in range({CALLS}):
        start = time.process_time_ns()
        lead_rs.compute_advantage(correctness, length, index, config=config)
        spent.append(time.process_time_ns() - start)
    found[name] = statistics.median(spent) / 1e6
print(json.dumps(found))
"""


def unpacked(wheel, folder):
    """The folder that a wheel's packages are in."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def measured(folder, size):
    """{kind of uids: CPU milliseconds of a call} in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(size)],
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def main():
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("wheels", nargs="+", type=Path)
    parser.add_argument("--responses", type=int, default=8192)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folders = {
            wheel: unpacked(wheel, Path(temporary, str(number)))
            for number, wheel in enumerate(arguments.wheels)
        }
        rounds = [
            {wheel: measured(folder, arguments.responses) for wheel, folder in folders.items()}
            for _ in range(ROUNDS)
        ]
    print(
        f"CPU ms of compute_advantage, {arguments.responses} responses, medians of {ROUNDS} rounds"
    )
    for wheel in folders:
        kinds = rounds[0][wheel]
        middle = {kind: statistics.median(each[wheel][kind] for each in rounds) for kind in kinds}
        print(f"{wheel}: " + ", ".join(f"{kind} {ms:.3f}" for kind, ms in middle.items()))


if __name__ == "__main__":
    main()
