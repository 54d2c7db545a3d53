"""What LEAD costs the driver of a verl run, beside what verl itself spends there each step.

Usage: python benches/speed/driver_cost.py [--most TOKENS] [--rounds N] [--out FOLDER]
(by default 2^25 tokens and outputs/bench)

Everything runs on one batch as verl's RayPPOTrainer holds it: padded [B, T] tensors with a prompt
of 512 tokens before them. Timed are LEAD in verl's own `compute_advantage`, GRPO there, the vector
path (`compute_advantage` on one score and length per response, whatever T is), and what verl does
besides: balancing the batch over the ranks, the step's metrics, and the bytes that go to the
workers (as verl writes them for Ray). Wall milliseconds on one thread, medians.

[B, T] batches of more than `--most` tokens are left out; the most memory it had is printed at last.
Writes driver.json (every number) and driver.png.
"""

from __future__ import annotations

import argparse
import gc
import json
import logging
import os
import resource
import statistics
import time
from pathlib import Path
from types import SimpleNamespace

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import torch
from omegaconf import OmegaConf
from tensordict import TensorDict
from verl.trainer.ppo import ray_trainer
from verl.trainer.ppo.metric_utils import compute_data_metrics

import lead_rs
from advantage import batch as response_batch
from advantage import prompts
from verl import DataProto

RESPONSES = (1024, 4096, 16384, 65536, 131072)
WIDTHS = (1024, 4096, 8192, 32768)
PROMPT = 512
RANKS = 8
PATHS = {
    "LEAD, padded": "#0072b2",
    "LEAD, vectors": "#56b4e9",
    "verl grpo": "#e69f00",
    "verl balance": "#009e73",
    "verl metrics": "#cc79a7",
    "verl to workers": "#999999",
}


def verl_batch(size: int, width: int) -> DataProto:
    """A batch as it is on the driver when advantages are due."""
    rewards, mask, index = response_batch(size, width)
    ids = torch.zeros(size, PROMPT + width, dtype=torch.int64)
    attention = torch.cat([torch.ones(size, PROMPT, dtype=torch.int64), torch.from_numpy(mask)], 1)
    scores = torch.from_numpy(rewards)
    tensors = {
        "prompts": ids[:, :PROMPT].clone(),
        "responses": ids[:, PROMPT:].clone(),
        "input_ids": ids,
        "attention_mask": attention,
        "position_ids": attention.cumsum(1) - 1,
        "response_mask": attention[:, PROMPT:],
        "old_log_probs": torch.zeros(size, width),
        "token_level_scores": scores,
        "token_level_rewards": scores,
    }
    acc = rewards.sum(1).astype(object)
    return DataProto(
        batch=TensorDict(tensors, batch_size=size), non_tensor_batch={"uid": index, "acc": acc}
    )


def estimator(name: str):
    """The `compute_advantage` of verl with an estimator."""
    config = OmegaConf.create({"adv_estimator": name, "lead_lstar_mode": "max_sym"})

    def run(data: DataProto) -> DataProto:
        return ray_trainer.compute_advantage(data, name, num_repeat=8, config=config)

    return run


def balance(data: DataProto) -> None:
    """The reordering of rows by verl, on a copy of the batch's list of tensors."""
    trainer = SimpleNamespace(
        _get_dp_size=lambda *_: RANKS, actor_rollout_wg=None, use_prefix_grouper=False
    )
    copy = DataProto(batch=data.batch.clone(False), non_tensor_batch=dict(data.non_tensor_batch))
    ray_trainer.RayPPOTrainer._balance_batch(trainer, copy, metrics={})


def vectors(size: int):
    """The vector path: one score and one length per response."""
    rng = np.random.default_rng(0)
    arguments = (rng.random(size) < 0.6, rng.integers(200, 8000, size), prompts(size))
    config = lead_rs.LeadConfig(lstar_mode="max_sym")
    return lambda: lead_rs.compute_advantage(*arguments, config=config)


def milliseconds(function, rounds: int) -> float:
    """The median of a function's wall times."""
    times = []
    for _ in range(rounds + 1):
        start = time.perf_counter()
        function()
        times.append(1e3 * (time.perf_counter() - start))
    return statistics.median(times[1:])


def measure(size: int, width: int, rounds: int) -> dict[str, float]:
    """Every path on a batch of one shape."""
    data = verl_batch(size, width)
    lead, grpo = estimator("lead"), estimator("grpo")
    lead(data)  # the metrics need advantages
    return {
        "LEAD, padded": milliseconds(lambda: lead(data), rounds),
        "LEAD, vectors": milliseconds(vectors(size), rounds),
        "verl grpo": milliseconds(lambda: grpo(data), rounds),
        "verl balance": milliseconds(lambda: balance(data), rounds),
        "verl metrics": milliseconds(lambda: compute_data_metrics(data, use_critic=False), rounds),
        "verl to workers": milliseconds(lambda: data.__getstate__(), rounds),
    }


def draw(rows: list[dict], path: Path) -> None:
    """Time against B, a panel per T."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, panels = pyplot.subplots(1, len(WIDTHS), figsize=(16, 4.5), sharey=True)
    for panel, width in zip(panels, WIDTHS, strict=True):
        panel.set(title=f"T = {width:,}", xlabel="responses", xscale="log", yscale="log")
        for name, colour in PATHS.items():
            points = [
                (row["responses"], row[name])
                for row in rows
                if name in row and row["width"] == width
            ]
            if points:
                panel.plot(*zip(*points, strict=True), "o-", color=colour, label=name)
        panel.grid(alpha=0.3)
    panels[0].set_ylabel("driver, ms a step")
    panels[0].legend(fontsize=8)
    figure.tight_layout()
    figure.savefig(path, dpi=120)


def main() -> None:
    """Measure, print a table, write the files."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--most", type=int, default=1 << 25, help="tokens of a batch at most")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=Path, default=Path("outputs/bench"))
    options = parser.parse_args()
    torch.set_num_threads(1)
    logging.getLogger("lead_rs").setLevel(logging.ERROR)  # there are no checkpoints here
    options.out.mkdir(parents=True, exist_ok=True)
    print("driver, ms a step" + "".join(f"{name:>17}" for name in PATHS))
    rows = []
    for width in WIDTHS:
        for size in RESPONSES:
            if size * width <= options.most:
                row = measure(size, width, options.rounds)
            else:
                row = {"LEAD, vectors": milliseconds(vectors(size), options.rounds)}
            gc.collect()
            rows.append({"responses": size, "width": width, **row})
            cells = (f"{row[name]:>17.1f}" if name in row else f"{'-':>17}" for name in PATHS)
            print(f"{size:>8} x {width:<6}" + "".join(cells), flush=True)
    options.out.joinpath("driver.json").write_text(json.dumps(rows, indent=1) + "\n")
    draw(rows, options.out / "driver.png")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"\n{peak:.1f} GiB at most; {options.out / 'driver.json'}, {options.out / 'driver.png'}")


if __name__ == "__main__":
    main()
