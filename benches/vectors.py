"""Time one LEAD step on vectors, uid strings included, against grouping by a plain Python dict.

Usage: python benches/vectors.py [B]    (default 8192, in groups of 8)
"""

from __future__ import annotations

import statistics
import sys
import time
import uuid

import numpy as np

import lead_rs


def median_us(function, repeats=200):
    """Median time of a call in microseconds, after a warm-up."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return 1e6 * statistics.median(times[repeats // 10 :])


def main():
    """Print the medians."""
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 8192
    rng = np.random.default_rng(0)
    # As verl makes it: one uuid string object a prompt, repeated, rows then reordered.
    uids = np.array([str(uuid.UUID(bytes=rng.bytes(16))) for _ in range(size // 8)], object)
    index = rng.permutation(np.repeat(uids, 8))
    correctness = (rng.random(len(index)) < 0.6).astype(np.float32)
    length = rng.integers(200, 8000, len(index))
    controller = lead_rs.WeightController(lead_rs.LeadConfig(lstar_mode="max_sym"))

    def step():
        lead_rs.compute_advantage(correctness, length, index, controller=controller)

    def dictionary():
        ids = {}
        np.fromiter((ids.setdefault(uid, len(ids)) for uid in index), np.uint32)

    print(f"B = {len(index)}, {len(uids)} prompts, median of 200 calls")
    print(f"  the whole step, from Python      {median_us(step):8.0f} us")
    print(f"  grouping alone, by a Python dict {median_us(dictionary):8.0f} us")


if __name__ == "__main__":
    main()
