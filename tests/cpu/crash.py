"""Kill a CPU training run with SIGKILL at random moments, resume it, and hold LEAD's weights to
those of a controller that was never interrupted.

    python tests/cpu/crash.py --kills 20        # or: make test-crash KILLS=20

The run is `examples/cpu/train.py`, resumed with RESUME=1, a checkpoint after every step. Each start
logs the batches that verl computed advantages from (`record_batches.py`); those of the steps that a
later start went on from, together, are what the uninterrupted controller is given. Compared, bit
for bit: every `lead/*` metric of every logged step, and the state in each checkpoint that is
resumed from and in the last one.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.metadata
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

import lead_rs
from lead_rs.demo.report import metrics_file
from lead_rs.demo.tasks import TINY
from lead_rs.demo.train import LEAD
from lead_rs.verl.checkpoint import FILE_NAME

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
EXAMPLE = ROOT / "examples" / "cpu"

MARK = "LEAD_CRASH_TEST"
"""An environment variable that all processes of a start inherit, and none other has."""

TRACKER = "latest_checkpointed_iteration.txt"
PROMPTS, GROUP = 16, 4  # with the 64 rows of the example's micro batches
SETTINGS = {
    "data.train_batch_size": PROMPTS,
    "actor_rollout_ref.actor.ppo_mini_batch_size": PROMPTS,
    "actor_rollout_ref.rollout.n": GROUP,
    "trainer.val_before_train": False,
    "trainer.test_freq": -1,
    "trainer.save_freq": 1,
}
MOMENTS = ("start-up", "step", "saving")
STALLED = 900
"""Seconds without a moment to kill in, after which something else is wrong."""

Batch = dict[str, list[Any]]


class Failure(Exception):
    """The run is not what it should be."""


def controller() -> lead_rs.WeightController:
    """One with the example's settings."""
    settings = {key.removeprefix("algorithm."): value for key, value in LEAD.items()}
    settings |= TINY.lengths
    return lead_rs.WeightController(lead_rs.LeadConfig.from_verl(settings))


def whole_lines(file: Path) -> list[dict[str, Any]]:
    """The rows of a JSON-lines file; a last line that was cut off is none."""
    lines = file.read_bytes().splitlines(keepends=True) if file.exists() else []
    return [json.loads(line) for line in lines if line.endswith(b"\n")]


class Run:
    """The files of the run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.seed_folder = folder / "seed1"
        self.run_folder = self.seed_folder / "lead"
        self.checkpoints = self.run_folder / "checkpoints"

    def newest(self) -> int:
        """The step that verl resumes from; 0 before the first checkpoint is whole."""
        file = self.checkpoints / TRACKER
        text = file.read_text() if file.exists() else "0"
        if not text.isdecimal():
            raise Failure(f"{file} is {text!r}")
        return int(text)

    def begun(self) -> list[int]:
        """The steps with a checkpoint folder, whole or not."""
        return sorted(int(f.name.split("_")[-1]) for f in self.checkpoints.glob("global_step_*"))

    def batches(self, life: int) -> list[Batch]:
        """What one start computed advantages from, step by step."""
        return whole_lines(self.batches_file(life))

    def batches_file(self, life: int) -> Path:
        return self.folder / "batches" / f"{life:03}.jsonl"

    def metrics_file(self, first_step: int) -> Path:
        return metrics_file(self.run_folder, first_step)

    def metrics(self, first_step: int) -> dict[int, dict[str, float]]:
        """The estimator's metrics that the last start after `first_step` logged."""
        rows = whole_lines(self.metrics_file(first_step))
        return {
            row["step"]: {
                k: v
                for k, v in row["data"].items()
                if k.startswith("lead/") and not k.startswith("lead/lint_")
            }
            for row in rows
            if "lead/step" in row["data"]
        }

    def state(self, step: int) -> Any:
        return json.loads((self.checkpoints / f"global_step_{step}" / FILE_NAME).read_text())


@contextmanager
def started(run: Run, life: int, last_step: int, mark: str) -> Iterator[subprocess.Popen[bytes]]:
    """`examples/cpu/train.py` running; nothing of it is left afterwards."""
    run.batches_file(life).parent.mkdir(parents=True, exist_ok=True)
    # A start that is killed early leaves the file of one before it as it is.
    run.metrics_file(run.newest()).unlink(missing_ok=True)
    # What a killed run leaves in its temporary folder goes with it.
    with tempfile.TemporaryDirectory(prefix="crash-", ignore_cleanup_errors=True) as temporary:
        environment = {
            **os.environ,
            MARK: mark,
            "TMPDIR": temporary,
            "RESUME": str(int(run.newest() > 0)),
            "ADV": "lead",
            "SEED": "1",
            "STEPS": str(last_step),
            "OUT": str(run.folder),
            "VERL_USE_EXTERNAL_MODULES": "record_batches",
            "RECORD_BATCHES": str(run.batches_file(life)),
            "PYTHONPATH": str(HERE),
        }
        overrides = [f"{key}={value}" for key, value in SETTINGS.items()]
        with open(run.folder / "train.log", "ab") as log:
            process = subprocess.Popen(
                [sys.executable, EXAMPLE / "train.py", *overrides],
                stdout=log,
                stderr=subprocess.STDOUT,
                env=environment,
            )
        try:
            yield process
        finally:
            kill(process, mark)


def kill(process: subprocess.Popen[bytes], mark: str) -> None:
    """As when the machine goes down: SIGKILL for every process of the start, itself first."""
    process.kill()
    process.wait()
    while left := processes(mark):
        kill_all(left)
        psutil.wait_procs(left, timeout=30)


def kill_all(victims: Sequence[psutil.Process]) -> None:
    for each in victims:
        with contextlib.suppress(psutil.NoSuchProcess):
            each.kill()


def processes(mark: str) -> list[psutil.Process]:
    """All of one start."""
    return [each for each in psutil.process_iter() if marked(each, mark)]


def marked(process: psutil.Process, mark: str) -> bool:
    try:
        return process.environ().get(MARK) == mark
    except psutil.Error:
        return False


def kill_at(
    moment: str,
    run: Run,
    life: int,
    rng: random.Random,
    process: subprocess.Popen[bytes],
    mark: str,
) -> float:
    """Wait for a moment and kill the run; how many seconds after its start that is."""
    began = time.monotonic()
    victims, begun = processes(mark), 0
    first, goal = run.newest(), rng.randint(1, 3)
    # A checkpoint of the example's takes some 40 ms, from its folder to verl's tracker.
    delay = {"start-up": 30.0, "step": 3.0, "saving": 0.05}[moment] * rng.random()
    while True:
        if process.poll() is not None:
            raise Failure(f"the run ended by itself, exit code {process.returncode}")
        # To look for them takes longer than to save a checkpoint.
        if len(run.batches(life)) > begun:
            victims, begun = processes(mark), len(run.batches(life))
        if (
            moment == "start-up"
            or (moment == "step" and len(run.batches(life)) >= goal)
            or (moment == "saving" and run.begun() and run.begun()[-1] >= first + goal)
        ):
            break
        if time.monotonic() - began > STALLED:
            raise Failure(f"no {moment} to kill in within {STALLED} s")
        time.sleep(0.002)
    time.sleep(delay)
    seconds = time.monotonic() - began
    kill_all(victims)
    return seconds


def check(run: Run, life: int, first: int, reference: lead_rs.WeightController) -> dict[str, Any]:
    """Hold one start's steps to the reference's, and advance that to the newest checkpoint.

    Returns:
        What was found, for the record.
    """
    batches, logged, newest = run.batches(life), run.metrics(first), run.newest()
    if newest < first or newest - first > len(batches):
        raise Failure(f"from step {first} to {newest} with {len(batches)} batches")
    states = {}
    ahead = lead_rs.WeightController.from_state_dict(reference.state_dict())
    for step, batch in enumerate(batches, start=first + 1):
        ahead.enter_step(step)
        lead_rs.compute_advantage(**batch, controller=ahead)
        states[step] = ahead.state_dict()
        if logged.get(step, ahead.metrics) != ahead.metrics:
            raise Failure(f"step {step}: {logged[step]} was logged, {ahead.metrics} expected")
        if step <= newest:
            reference.enter_step(step)
            lead_rs.compute_advantage(**batch, controller=reference)
    if unexpected := set(logged) - set(states):
        raise Failure(f"steps {sorted(unexpected)} were logged after step {first}")
    if newest > 0 and run.state(newest) != reference.state_dict():
        raise Failure(f"checkpoint {newest}: {run.state(newest)}, not {reference.state_dict()}")

    half_written = []
    for step in (step for step in run.begun() if step > newest):
        folder = run.checkpoints / f"global_step_{step}"
        half_written.append({"step": step, "has": sorted(f.name for f in folder.iterdir())})
        if (folder / FILE_NAME).exists() and step in states and run.state(step) != states[step]:
            raise Failure(f"unfinished checkpoint {step}: {run.state(step)}, not {states[step]}")
    return {
        "resumed_from": first,
        "steps_begun": len(batches),
        "steps_compared": len(set(logged) & set(states)),
        "newest_checkpoint": newest,
        "half_written": half_written,
    }


def crash(run: Run, kills: int, seed: int) -> Iterator[dict[str, Any]]:
    """Start, kill and check `kills` times, then let the run finish; what was found each time."""
    rng = random.Random(seed)
    reference = controller()
    for life in range(kills + 1):
        first = run.newest()
        last = life == kills
        moment = "end" if last else rng.choice(MOMENTS)
        mark = uuid.uuid4().hex
        with started(run, life, first + 2 if last else 10_000, mark) as process:
            if last:
                code = process.wait(timeout=2 * STALLED)
                if code:
                    raise Failure(f"the last start failed with exit code {code}")
                seconds = None
            else:
                seconds = round(kill_at(moment, run, life, rng, process, mark), 2)
        found = check(run, life, first, reference)
        yield {"kill": None if last else life + 1, "at": moment, "after_s": seconds, **found}
    if run.newest() != first + 2 or reference.step != run.newest():
        raise Failure(f"finished at step {run.newest()}, the reference at {reference.step}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=ROOT / "outputs" / "crash")
    parser.add_argument("--record", type=Path, help="default: record.json in the folder")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # an exit that stops the run too
    began = time.monotonic()
    run = Run(options.out.resolve())
    run.seed_folder.mkdir(parents=True, exist_ok=True)
    for old in (run.run_folder, run.folder / "batches"):
        shutil.rmtree(old, ignore_errors=True)
    if not (run.seed_folder / "model").exists():
        quick_start = Path(__file__).with_name("quick_start.py")
        subprocess.run([sys.executable, quick_start, run.seed_folder], check=True)

    record: dict[str, Any] = {
        "command": f"make test-crash KILLS={options.kills} SEED={options.seed}",
        "versions": {
            name: importlib.metadata.version(name) for name in ("lead-rs", "verl", "torch", "ray")
        },
        "result": "interrupted",
        "starts": [],
    }
    try:
        for found in crash(run, options.kills, options.seed):
            record["starts"].append(found)
            print(json.dumps(found), flush=True)
        record["result"] = "every logged step and checkpoint as without interruption"
    except Failure as failure:
        record["result"] = f"FAILED: {failure}"
        raise SystemExit(f"crash.py: {failure}; see {run.folder}/train.log") from None
    finally:
        starts = record["starts"]
        record |= {
            "kills": sum(each["kill"] is not None for each in starts),
            "half_written_checkpoints": sum(len(each["half_written"]) for each in starts),
            "steps_compared": sum(each["steps_compared"] for each in starts),
            "final_state": run.state(run.newest()) if run.newest() else None,
            "minutes": round((time.monotonic() - began) / 60, 1),
        }
        path = options.record or run.folder / "record.json"
        path.write_text(json.dumps(record, indent=2) + "\n")
        print(f"{path}\n{record['kills']} kills, {record['minutes']} minutes: {record['result']}")


if __name__ == "__main__":
    main()
