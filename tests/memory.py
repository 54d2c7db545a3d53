"""Steps upon steps in a process of its own, and how much memory they have kept: JSON on stdout.

python tests/memory.py one        # or: sixteen, for as many threads
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np

import lead_rs
from batches import large, tokens

STEPS, WARM_UP, THREADS = 10_000, 4_000, 16

CORRECTNESS, LENGTH, INDEX = large(5, 8, 4)
LENGTH = np.minimum(LENGTH, 100)
REWARDS, MASK = tokens(CORRECTNESS, LENGTH, 100)
LEAK = []
POOL = ThreadPoolExecutor(THREADS)  # one for all: what a thread keeps is not kept of a step


def step(controller):
    """What a training step does, and what it may be refused."""
    out = lead_rs.compute_advantage(CORRECTNESS, LENGTH, INDEX, controller=controller)
    advantages, _ = lead_rs.compute_lead_outcome_advantage(
        REWARDS, MASK, [f"{uid}" for uid in INDEX], controller=controller
    )
    assert (advantages.max(1) == np.where(LENGTH > 0, out.advantages, 0).clip(0)).sum() > 0
    lead_rs.efficiency_reward(CORRECTNESS, LENGTH, out.target_length)
    lead_rs.WeightController(controller.config).load_state_dict(controller.state_dict())
    with contextlib.suppress(ValueError):
        lead_rs.compute_advantage(CORRECTNESS, -LENGTH, INDEX, controller=controller)
    if "leak" in sys.argv:
        LEAK.append(bytes(1000))


def kept():
    """Bytes of the process in memory, and blocks that Python has allocated."""
    gc.collect()
    with open("/proc/self/statm") as file:
        pages = int(file.read().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE"), sys.getallocatedblocks()


def one(count):
    controller = lead_rs.WeightController()
    for _ in range(count):
        step(controller)
    return [controller]


def sixteen(count):
    shared = lead_rs.WeightController()
    together = threading.Barrier(THREADS)

    def work(_):
        together.wait()
        own = lead_rs.WeightController()
        for _ in range(count // THREADS):
            step(own)
            lead_rs.compute_advantage(CORRECTNESS, LENGTH, INDEX, controller=shared)
        return own

    return [*POOL.map(work, range(THREADS)), shared]


if __name__ == "__main__":
    run = {"one": one, "sixteen": sixteen}[sys.argv[1]]
    run(WARM_UP)
    before = kept()
    controllers = run(STEPS)
    states = [controller.state_dict() for controller in controllers]
    del controllers
    after = kept()
    print(json.dumps({"bytes": after[0] - before[0], "blocks": after[1] - before[1],
                      "states": states}))  # fmt: skip
