"""Time the [B, T] estimator: against a memcpy of the same bytes, GRPO in verl, and plain torch.

Usage: python benches/speed/advantage.py [--quick] [--out FOLDER]    (default outputs/bench)

One row of a table per path: time, ratio to the floor, ratio to lead_rs. The floor is a memcpy that
moves what LEAD must: float32 rewards and int64 mask read once, float32 advantages written once, 16
bytes a token, to fresh memory as LEAD's output is ("warm": to memory that is there already). Times
are CPU milliseconds of the whole process, all libraries on one thread, medians over rounds in which
every path runs once; ratios are medians of each round's own ratio, so that what else the machine
does touches both sides. Where threads are compared, times are wall times.

Writes advantage.json (every number) and advantage.png (time against B and T).
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import threading
import time
import uuid
from pathlib import Path

import numpy as np

import lead_rs
from lead_rs import _lead_rs
from lead_rs._arrays import output

try:
    import torch
    from verl.trainer.ppo.core_algos import (
        compute_grpo_outcome_advantage,
        compute_grpo_vectorized_outcome_advantage,
    )

    from plain_lead import plain_lead
except ImportError as error:
    torch = None
    MISSING = f"no peers: {error}"

SIZES = ((1024, 8000), (1024, 32000), (8192, 4096))
GROUP = 8
FLOOR, WARM, OURS = "memcpy, 16 B/token", "memcpy, warm", "lead_rs"


# --- inputs -----------------------------------------------------------------------------------


def prompts(size):
    """[size] uuid strings as verl makes them: one object a prompt, rows reordered."""
    rng = np.random.default_rng(0)
    uids = [str(uuid.UUID(bytes=rng.bytes(16))) for _ in range(-(-size // GROUP))]
    return rng.permutation(np.repeat(np.array(uids, object), GROUP)[:size])


def batch(size, width):
    """Rewards, prefix mask and uids of a batch with right-skewed lengths."""
    rng = np.random.default_rng(1)
    length = np.minimum(rng.geometric(min(1.0, 3.2 / width), size), width)
    mask = (np.arange(width) < length[:, None]).astype(np.int64)
    rewards = np.zeros(mask.shape, np.float32)
    rewards[np.arange(size), length - 1] = rng.random(size) < 0.6
    return rewards, mask, prompts(size)


def floor(tokens, bytes_per_token=16):
    """A memcpy that moves as many bytes a token, half read and half written, to fresh memory."""
    source = np.ones(max(1, tokens * bytes_per_token // 8), np.float32)

    def copy():
        np.copyto(target := output(source.shape), source)
        return target

    return copy


def warm_floor(tokens):
    """The same to memory that is there already, which a step's fresh output never has."""
    source = np.ones(tokens * 2, np.float32)
    target = np.zeros_like(source)
    return lambda: np.copyto(target, source)


# --- clocks -----------------------------------------------------------------------------------


def seconds(function, clock):
    """One call's time."""
    start = clock()
    function()
    return clock() - start


def compare(paths, rounds, clock=time.process_time, warm_up=2):
    """{name: [seconds of each round]}, every path once a round."""
    times = {name: [] for name in paths}
    for turn in range(warm_up + rounds):
        for name, function in paths.items():
            spent = seconds(function, clock)
            if turn >= warm_up:
                times[name].append(spent)
    return times


def ratio(over, under):
    """The median of the rounds' own ratios."""
    return statistics.median(a / b for a, b in zip(over, under, strict=True))


# --- what is measured -------------------------------------------------------------------------


def peers(rewards, mask, index):
    """GRPO as verl has it, on the same memory, as torch tensors."""
    if torch is None:
        return {}
    r, m = torch.from_numpy(rewards), torch.from_numpy(mask)
    return {
        "verl grpo_vectorized": lambda: compute_grpo_vectorized_outcome_advantage(r, m, index),
        "verl grpo": lambda: compute_grpo_outcome_advantage(r, m, index),
    }


def paths_of(rewards, mask, index):
    """The floor, lead_rs, and the peers that take about as long."""
    return {
        FLOOR: floor(rewards.size),
        WARM: warm_floor(rewards.size),
        OURS: lambda: lead_rs.compute_lead_outcome_advantage(rewards, mask, index),
        **peers(rewards, mask, index),
    }


def main_table(sizes, rounds):
    """Each path at each size; one thread."""
    rows = []
    for size, width in sizes:
        rewards, mask, index = batch(size, width)
        times = compare(paths_of(rewards, mask, index), rounds)
        if torch is not None:
            r, m = torch.from_numpy(rewards), torch.from_numpy(mask)
            slow = {
                FLOOR: floor(rewards.size),
                OURS: lambda a=(rewards, mask, index): lead_rs.compute_lead_outcome_advantage(*a),
                "plain torch LEAD": lambda a=(r, m, index): plain_lead(*a),
            }
            times["plain torch LEAD"] = compare(slow, 3, warm_up=1)["plain torch LEAD"]
        for name, spent in times.items():
            few = len(spent) < rounds
            rows.append(
                {
                    "size": f"{size}x{width}",
                    "path": name,
                    "ms": 1e3 * statistics.median(spent),
                    "to_floor": ratio(spent, times[FLOOR][: len(spent)]),
                    "to_lead_rs": ratio(spent, times[OURS][: len(spent)]),
                    "rounds": len(spent) if few else rounds,
                }
            )
    return rows


def mask_table(size, width, rounds):
    """Every mask dtype, as a prefix, with holes and as a view of a wider array.

    Times per byte relative to the int64 prefix: of bytes read, where a row with holes has its mask
    read twice, and of bytes read and written.
    """
    rewards, mask, index = batch(size, width)
    holes = mask.copy()
    holes[:, 1::97] = 0
    paths, read = {}, {}
    for dtype in (np.int64, np.int32, np.float32, np.uint8, np.bool_):
        wide = np.zeros((size, width + 40), dtype)
        wide[:, 40:] = mask
        width_of = np.dtype(dtype).itemsize
        for kind, array in (
            ("prefix", mask.astype(dtype)),
            ("view", wide[:, 40:]),
            ("holes", holes.astype(dtype)),
        ):
            name = f"{np.dtype(dtype).name} {kind}"
            paths[name] = lambda m=array: lead_rs.compute_lead_outcome_advantage(rewards, m, index)
            read[name] = 4 + width_of * (2 if kind == "holes" else 1)
    times = compare(paths, rounds)
    base = "int64 prefix"
    return [
        {
            "path": name,
            "ms": 1e3 * statistics.median(spent),
            "bytes_read": read[name],
            "per_byte_read": ratio(spent, times[base]) * read[base] / read[name],
            "per_byte_moved": ratio(spent, times[base]) * (read[base] + 4) / (read[name] + 4),
        }
        for name, spent in times.items()
    ]


def thread_table(size, width, rounds):
    """Two threads against one, wall time; beside it what this machine's own memory gives."""
    rewards, mask, index = batch(size, width)
    source = np.ones(rewards.size * 8, np.uint8)
    target = np.empty_like(source)
    middle = len(source) // 2

    def half(part):
        np.copyto(target[part], source[part])

    def copy_two():
        other = threading.Thread(target=half, args=(slice(middle, None),))
        other.start()
        half(slice(middle))
        other.join()

    def ours(threads):
        lead_rs.set_num_threads(threads)
        return lambda: lead_rs.compute_lead_outcome_advantage(rewards, mask, index)

    times = {}
    for name, one, two in (
        ("memcpy", lambda: lambda: half(slice(None)), lambda: copy_two),
        (OURS, lambda: ours(1), lambda: ours(2)),
    ):
        for threads, make in ((1, one), (2, two)):
            call = make()
            found = compare({"x": call}, rounds, time.perf_counter)["x"]
            times[name, threads] = found
    lead_rs.set_num_threads(1)
    return [
        {
            "path": name,
            "ms_1": 1e3 * min(times[name, 1]),
            "ms_2": 1e3 * min(times[name, 2]),
            "gain": min(times[name, 1]) / min(times[name, 2]),
        }
        for name in ("memcpy", OURS)
    ]


def token_table(most):
    """Cost per token, from one token to as many as memory holds."""
    rows, tokens = [], 1
    while tokens <= most:
        width = min(tokens, 8000)
        size = max(1, tokens // width)
        rewards, mask, index = batch(size, max(width, 2))
        rewards[:, :2], mask[:, :2] = 0, 1
        rounds = 200 if tokens < 10**5 else 15 if tokens < 10**8 else 3
        times = compare(
            {
                FLOOR: floor(rewards.size),
                OURS: lambda a=(rewards, mask, index): lead_rs.compute_lead_outcome_advantage(*a),
            },
            rounds,
        )
        rows.append(
            {
                "tokens": rewards.size,
                "us": 1e6 * statistics.median(times[OURS]),
                "ns_per_token": 1e9 * statistics.median(times[OURS]) / rewards.size,
                "to_floor": ratio(times[OURS], times[FLOOR]),
            }
        )
        tokens = tokens * 10 if tokens * 10 <= most or tokens == most else most
    return rows


def vector_table(rounds):
    """`compute_advantage` and its core on vectors, uid strings included; a dict's grouping."""
    rows = []
    for size in (1024, 8192, 32768, 131072):
        rng = np.random.default_rng(0)
        index = prompts(size)
        correctness = (rng.random(size) < 0.6).astype(np.float32)
        length = rng.integers(200, 8000, size)
        config = lead_rs.LeadConfig(lstar_mode="max_sym")

        # What the Python function hands to the core.
        core = (correctness.astype(float), length.astype(float), index.tolist())

        def dictionary(index=index):
            ids = {}
            return np.fromiter((ids.setdefault(uid, len(ids)) for uid in index), np.uint32)

        times = compare(
            {
                "step": lambda a=(correctness, length, index), c=config: lead_rs.compute_advantage(
                    *a, config=c
                ),
                "core": lambda a=core, c=config: _lead_rs.step(lead_rs.WeightController(c), *a),
                "dict": dictionary,
            },
            rounds,
        )
        us = 1e6 * statistics.median(times["step"])
        rows.append(
            {
                "responses": size,
                "us": us,
                "core_us": 1e6 * statistics.median(times["core"]),
                "ns_per_response": 1e3 * us / size,
                "dict_grouping_us": 1e6 * statistics.median(times["dict"]),
            }
        )
    return rows


def peak_memory(size, width):
    """Bytes at the peak of a call beyond what was there before, in a process of its own."""
    code = (
        "import re, sys, numpy as np, lead_rs, advantage as a\n"
        f"rewards, mask, index = a.batch({size}, {width})\n"
        "small = a.batch(8, 16)\n"
        "lead_rs.compute_lead_outcome_advantage(*small)\n"
        "status = lambda key: int(re.search(key + r':\\s+(\\d+)', "
        "open('/proc/self/status').read())[1])\n"
        "open('/proc/self/clear_refs', 'w').write('5')\n"
        "before = status('VmRSS')\n"
        "out = lead_rs.compute_lead_outcome_advantage(rewards, mask, index)\n"
        "print(1024 * (status('VmHWM') - before))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parent,
        env={**os.environ, "RAYON_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    return int(done.stdout)


def sweep(sizes, rounds):
    """Time of each path over a row of sizes, for the picture."""
    rows = []
    for size, width in sizes:
        for name, spent in compare(paths_of(*batch(size, width)), rounds, warm_up=1).items():
            rows.append({"B": size, "T": width, "path": name, "ms": 1e3 * statistics.median(spent)})
    return rows


# --- the report -------------------------------------------------------------------------------


def show(title, rows):
    """Print rows as a table."""
    print(f"\n{title}")
    names = list(rows[0])
    cells = [[f"{v:.3g}" if isinstance(v, float) else str(v) for v in r.values()] for r in rows]
    widths = [max(map(len, column)) for column in zip(names, *cells, strict=True)]
    for line in (names, *cells):
        print("  " + "  ".join(c.rjust(w) for c, w in zip(line, widths, strict=True)), flush=True)


def draw(by_size, by_width, path):
    """Time against B and against T, both axes logarithmic."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, 2, figsize=(11, 4.2), sharey=True, layout="constrained")
    for axis, rows, variable, fixed in (
        (axes[0], by_size, "B", "T"),
        (axes[1], by_width, "T", "B"),
    ):
        for name in dict.fromkeys(row["path"] for row in rows):
            points = [(row[variable], row["ms"]) for row in rows if row["path"] == name]
            style = {"color": "black", "linestyle": ":"} if name == FLOOR else {"marker": "o"}
            axis.loglog(*zip(*points, strict=True), label=name, markersize=4, **style)
        axis.set_xlabel(f"{variable} ({fixed} = {rows[0][fixed]})")
        axis.grid(alpha=0.3)
    axes[0].set_ylabel("CPU ms, one thread")
    axes[0].legend(frameon=False)
    figure.savefig(path, dpi=150)
    pyplot.close(figure)


def available_bytes():
    """Memory that can be had without swapping."""
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemAvailable:"):
            return 1024 * int(line.split()[1])
    raise RuntimeError("no MemAvailable in /proc/meminfo")


def main():
    """Measure, print, save."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer rounds, smaller arrays")
    parser.add_argument("--out", type=Path, default=Path("outputs/bench"))
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    rounds = 3 if arguments.quick else 15
    lead_rs.set_num_threads(1)
    if torch is None:
        print(MISSING)
    else:
        torch.set_num_threads(1)

    most = 10**6 if arguments.quick else min(500_000_000, int(0.6 * available_bytes() / 28))
    sizes = SIZES[:1] if arguments.quick else SIZES
    report = {
        "lead_rs": lead_rs.__version__,
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "python": platform.python_version(),
        "numpy": np.__version__,
        "torch": torch.__version__ if torch else None,
        "load": os.getloadavg()[0],
        "rounds": rounds,
    }
    print(", ".join(f"{key} {value}" for key, value in report.items()))

    size, width = sizes[0]
    output = 4 * size * width
    peak = peak_memory(size, width)
    for key, title, measure in (
        ("paths", "one thread, uid strings included", lambda: main_table(sizes, rounds)),
        ("masks", f"masks at {size}x{width}", lambda: mask_table(size, width, rounds)),
        ("threads", f"threads at {size}x{width}", lambda: thread_table(size, width, rounds)),
        ("tokens", "cost per token", lambda: token_table(most)),
        ("vectors", "compute_advantage on vectors", lambda: vector_table(10 * rounds)),
        (
            "memory",
            f"peak extra memory at {size}x{width}",
            lambda: [{"output": output, "peak": peak, "extra": peak - output}],
        ),
    ):
        report[key] = measure()
        show(title, report[key])

    span = 3 if arguments.quick else 7
    report["by_B"] = sweep([(64 * 2**i, 8000) for i in range(span)], 3)
    report["by_T"] = sweep([(1024, 500 * 2**i) for i in range(span)], 3)
    draw(report["by_B"], report["by_T"], arguments.out / "advantage.png")
    report["peak_rss_bytes"] = 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    (arguments.out / "advantage.json").write_text(json.dumps(report, indent=1))
    print(f"\nsaved {arguments.out}/advantage.json and advantage.png")


if __name__ == "__main__":
    main()
