"""Train a tiny Qwen2 with LEAD, through unmodified verl, on a machine without a GPU.

    python examples/cpu/train.py                # LEAD
    ADV=grpo python examples/cpu/train.py       # the same with GRPO, drawn beside it
    ADV=rewards python examples/cpu/train.py    # LEAD on three rewards: correct, short, format
    RESUME=1 python examples/cpu/train.py       # go on from the last checkpoint

A supervised warm start first teaches the model to work and check sums (task.py); verl then trains
it with groups of eight responses. Everything lands in a folder per seed, `result.png` at last.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import report
import verl_run
from task import RESPONSE_TOKENS
from verl_run import CannotRun

HERE = Path(__file__).resolve().parent

PROMPTS, GROUP = 32, 8
HELD_OUT_SAMPLES = 4
SAVE_EVERY = TEST_EVERY = 10

LEAD = {
    "algorithm.adv_estimator": "lead",
    "algorithm.lead_lstar_mode": "max_sym",
    "algorithm.lead_aggregator": "mean_correct",
    # The paper's lengths are thousands of tokens; these are tens.
    "algorithm.lead_bmax": RESPONSE_TOKENS,
    "algorithm.lead_lstar_min": 4,
    "algorithm.lead_min_length": 0,
}
GRPO = {"algorithm.adv_estimator": "grpo"}
# Three rewards, whose weights LEAD sets: right, short, and in a box.
REWARDS = {
    **LEAD,
    "algorithm.lead_rewards": "[{name:correct,key:correctness,min:0,max:1,floor:0.3},"
    "{name:short,key:efficiency,min:-1,max:1,over:correct},"
    "{name:format,key:format_score,min:0,max:1}]",
    "+reward.custom_reward_function.reward_kwargs.use_format": True,
}
ESTIMATORS = {"lead": LEAD, "grpo": GRPO, "rewards": REWARDS}


def main() -> None:
    options = parse_options()
    sys.stdout.reconfigure(line_buffering=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # an exit that stops verl too
    try:
        verl_run.check_installed()
        started = time.monotonic()
        seed_folder = (options.out / f"seed{options.seed}").resolve()
        run_folder = seed_folder / options.adv
        first_step = prepare(run_folder, options.resume, options.steps)
        if not seed_folder.joinpath("model").exists():
            warm_start(seed_folder, options.seed)
        train(seed_folder, run_folder, first_step, options)
        runs = report.load_runs([seed_folder])
        picture = seed_folder / "result.png"
        report.draw(runs, picture)
        print(f"\n{report.summary(runs)}\n\n{picture}")
        print(f"{(time.monotonic() - started) / 60:.1f} minutes")
    except CannotRun as error:
        sys.exit(f"train.py: {error}")
    except KeyboardInterrupt:
        sys.exit(f"\nstopped; RESUME=1 goes on from the last checkpoint (every {SAVE_EVERY} steps)")


def parse_options() -> argparse.Namespace:
    """The command line; each option's default is the environment variable of its name."""

    def default(name: str, otherwise: str) -> str:
        return os.environ.get(name) or otherwise

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--adv", choices=ESTIMATORS, default=default("ADV", "lead"))
    parser.add_argument("--seed", type=int, default=default("SEED", "1"))
    parser.add_argument("--steps", type=int, default=default("STEPS", "40"))
    parser.add_argument("--out", type=Path, default=default("OUT", "outputs/cpu"))
    parser.add_argument("--resume", type=int, choices=(0, 1), default=default("RESUME", "0"))
    parser.add_argument("overrides", nargs="*", metavar="KEY=VALUE", help="more Hydra overrides")
    options = parser.parse_args()
    if options.adv not in ESTIMATORS:
        parser.error(f"ADV={options.adv}: one of {', '.join(ESTIMATORS)}")
    if options.steps < 1 or options.seed < 0:
        parser.error(f"STEPS={options.steps} SEED={options.seed}: at least 1 step, no seed below 0")
    for override in options.overrides:
        if "=" not in override:
            parser.error(f"{override}: a Hydra override is KEY=VALUE")
    return options


def prepare(run_folder: Path, resume: bool, steps: int) -> int:
    """Make the run's folder, empty unless `resume`; returns the step it starts after."""
    if not resume:
        if run_folder.exists():
            shutil.rmtree(run_folder)
        run_folder.mkdir(parents=True)
        return 0
    newest = run_folder / "checkpoints" / "latest_checkpointed_iteration.txt"
    if not newest.exists():
        raise CannotRun(f"no checkpoint to resume in {run_folder}: start without RESUME=1")
    step = int(newest.read_text())
    if step >= steps:
        raise CannotRun(f"{run_folder} is at step {step} already: resume with STEPS above {step}")
    return step


def warm_start(seed_folder: Path, seed: int) -> None:
    """Write a seed's problems and warm-started model, which its runs share."""
    print("warm start: supervised training on worked solutions")
    # A program of its own, so that its memory is free when verl starts.
    program = [sys.executable, HERE / "warm_start.py", seed_folder, f"--seed={seed}"]
    if code := subprocess.run(program).returncode:
        raise CannotRun(f"the warm start failed with exit code {code}")


def overrides(seed_folder: Path, run_folder: Path, seed: int) -> dict[str, object]:
    """What a run sets in verl, besides the estimator and the number of steps."""
    return {
        "data.train_files": seed_folder / "train.parquet",
        "data.val_files": seed_folder / "held_out.parquet",
        "data.seed": seed,
        "data.train_batch_size": PROMPTS,
        "data.max_prompt_length": 32,
        "data.max_response_length": RESPONSE_TOKENS,
        "reward.custom_reward_function.path": "pkg://lead_rs.verl.reward",
        "reward.custom_reward_function.name": "compute_score",
        "actor_rollout_ref.model.path": seed_folder / "model",
        "actor_rollout_ref.actor.optim.lr": 2e-4,
        "actor_rollout_ref.actor.ppo_mini_batch_size": PROMPTS,
        "actor_rollout_ref.actor.ppo_micro_batch_size_per_gpu": 64,
        "actor_rollout_ref.rollout.log_prob_micro_batch_size_per_gpu": 64,
        "actor_rollout_ref.rollout.n": GROUP,
        "actor_rollout_ref.rollout.seed": seed,
        "actor_rollout_ref.rollout.val_kwargs.n": HELD_OUT_SAMPLES,
        "actor_rollout_ref.rollout.val_kwargs.do_sample": True,
        "actor_rollout_ref.rollout.val_kwargs.temperature": 1.0,
        "trainer.total_epochs": 1000,
        "trainer.save_freq": SAVE_EVERY,
        "trainer.test_freq": TEST_EVERY,
        "trainer.default_local_dir": run_folder / "checkpoints",
        "trainer.validation_data_dir": run_folder / "held_out",
    }


def train(
    seed_folder: Path, run_folder: Path, first_step: int, options: argparse.Namespace
) -> None:
    """Run verl from `first_step` to the last, printing a line per step."""
    print(
        f"{options.adv}: starting verl (about half a minute), its output in {run_folder}/verl.log"
    )
    settings = {
        **overrides(seed_folder, run_folder, options.seed),
        **ESTIMATORS[options.adv],
        "trainer.total_training_steps": options.steps,
        "trainer.resume_mode": "auto" if first_step else "disable",
        "trainer.val_before_train": not first_step,
        **dict(override.split("=", 1) for override in options.overrides),
    }
    metrics = report.metrics_file(run_folder, first_step)
    with verl_run.verl(settings, run_folder, metrics) as process:
        for row in follow(metrics, process):
            print(report.progress(row["step"], row["data"], options.steps))
        if process.returncode:
            log = run_folder.joinpath("verl.log").read_text(errors="replace")
            tail = "\n".join(log.splitlines()[-20:])
            raise CannotRun(f"verl stopped with exit code {process.returncode}:\n{tail}")


def follow(metrics: Path, process: subprocess.Popen[bytes]) -> Iterator[dict[str, Any]]:
    """The rows of verl's log as they come, until the process ends."""
    read = 0
    running = True
    while running:
        time.sleep(0.3)
        running = process.poll() is None
        lines = metrics.read_bytes()[read:].splitlines(keepends=True) if metrics.exists() else []
        for line in lines:
            if line.endswith(b"\n"):
                read += len(line)
                yield json.loads(line)


if __name__ == "__main__":
    main()
