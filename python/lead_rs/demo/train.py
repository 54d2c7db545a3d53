"""A run of the demo: a model trained through unmodified verl, on a machine without a GPU.

A supervised warm start first teaches the model to work and check sums (`tasks`); verl then trains
it with groups of eight responses. Everything lands in a folder per seed.
"""

from __future__ import annotations

import dataclasses
import json
import logging
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lead_rs._errors import CommandError
from lead_rs._progress import Pace
from lead_rs.demo import report, verl_run
from lead_rs.demo.tasks import GROUP, Task
from lead_rs.runs.checkpoints import last_checkpoint

_logger = logging.getLogger(__name__)

SAVE_EVERY = TEST_EVERY = 10

LEAD: verl_run.Overrides = {
    "algorithm.adv_estimator": "lead",
    "algorithm.lead_lstar_mode": "max_sym",
    "algorithm.lead_aggregator": "mean_correct",
}
GRPO: verl_run.Overrides = {"algorithm.adv_estimator": "grpo"}
# Without a target for problems that no response solves; the default's is the longest response.
NEUTRAL: verl_run.Overrides = {**LEAD, "algorithm.lead_unsolved": "neutral"}
# Three rewards, whose weights LEAD sets: right, short, and in a box.
REWARDS: verl_run.Overrides = {
    **LEAD,
    "algorithm.lead_rewards": "[{name:correct,key:correctness,min:0,max:1,floor:0.3},"
    "{name:short,key:efficiency,min:-1,max:1,over:correct},"
    "{name:format,key:format_score,min:0,max:1}]",
    "+reward.custom_reward_function.reward_kwargs.use_format": True,
}
ESTIMATORS = {"lead": LEAD, "grpo": GRPO, "neutral": NEUTRAL, "rewards": REWARDS}


@dataclasses.dataclass(frozen=True)
class Demo:
    """What is asked for.

    Attributes:
        task: the model, and the problems that it works on.
        out: gets a folder per seed.
        adv: whose advantages, of `ESTIMATORS`.
        seed: of the model, the data's order and the rollouts.
        steps: the last step.
        overrides: further ones of verl's.
    """

    task: Task
    out: Path
    adv: str
    seed: int
    steps: int
    overrides: dict[str, str] = dataclasses.field(default_factory=dict)

    @property
    def seed_folder(self) -> Path:
        """Has the seed's runs."""
        return (self.out / f"seed{self.seed}").resolve()

    @property
    def start_folder(self) -> Path:
        """Has the problems, and the model that the run begins with."""
        return self.task.start_folder(self.seed_folder)

    @property
    def run_folder(self) -> Path:
        """The run's logs, rollouts and checkpoints."""
        return self.seed_folder / self.adv

    @property
    def checkpoints(self) -> Path:
        """Where verl saves."""
        return self.run_folder / "checkpoints"


def check_room(demo: Demo) -> None:
    """Raise `CommandError` where the disk has no room for a run."""
    folder = demo.seed_folder
    while not folder.exists():
        folder = folder.parent
    if (free := shutil.disk_usage(folder).free) < demo.task.disk:
        raise CommandError(
            f"{folder} has {free >> 20} MiB free, and a run of {demo.task.name} takes up to "
            f"{demo.task.disk >> 20} MiB"
        )


def prepare(demo: Demo, *, resume: bool) -> int:
    """Make the run's folder, empty unless `resume`; returns the step it starts after."""
    folder = demo.run_folder
    if not resume:
        if folder.exists():
            shutil.rmtree(folder)
        folder.mkdir(parents=True)
        return 0
    step = last_checkpoint(demo.checkpoints)
    if not step:
        raise CommandError(f"no checkpoint to resume in {folder}: start without --resume")
    if step >= demo.steps:
        raise CommandError(f"{folder} is at step {step} already: resume with --steps above {step}")
    return step


def warm_start(demo: Demo) -> None:
    """Write the problems and the warm-started model, unless they are there."""
    if demo.start_folder.joinpath("model").exists():
        return
    _logger.info("warm start: supervised training on worked solutions")
    program = [sys.executable, "-m", "lead_rs.demo.warm_start", f"--model={demo.task.name}"]
    program.append(str(demo.start_folder))
    if not demo.task.shares_start:
        program.append(f"--seed={demo.seed}")
    shown = sys.stderr if _logger.isEnabledFor(logging.INFO) else subprocess.DEVNULL
    done = subprocess.run(program, stdout=shown)
    if done.returncode:
        raise CommandError(f"the warm start {ending(done.returncode)}")


def overrides(
    task: Task, estimator: verl_run.Overrides, start_folder: Path, run_folder: Path, seed: int
) -> dict[str, object]:
    """What a run sets in verl, besides the number of steps."""
    lead = estimator["algorithm.adv_estimator"] == "lead"
    return {
        **estimator,
        **({f"algorithm.{name}": value for name, value in task.lengths.items()} if lead else {}),
        "data.train_files": start_folder / "train.parquet",
        "data.val_files": start_folder / "held_out.parquet",
        "data.seed": seed,
        "data.train_batch_size": task.prompts,
        "data.max_response_length": task.response_tokens,
        "reward.custom_reward_function.path": "pkg://lead_rs.verl.reward",
        "reward.custom_reward_function.name": "compute_score",
        "actor_rollout_ref.model.path": start_folder / "model",
        "actor_rollout_ref.actor.ppo_mini_batch_size": task.prompts,
        # The whole model too, as others load it.
        "actor_rollout_ref.actor.checkpoint.save_contents": "[model,optimizer,extra,hf_model]",
        "actor_rollout_ref.actor.checkpoint.load_contents": "[model,optimizer,extra]",
        "actor_rollout_ref.rollout.n": GROUP,
        "actor_rollout_ref.rollout.seed": seed,
        "actor_rollout_ref.rollout.val_kwargs.do_sample": True,
        "actor_rollout_ref.rollout.val_kwargs.temperature": 1.0,
        "trainer.total_epochs": 1000,
        "trainer.save_freq": SAVE_EVERY,
        "trainer.test_freq": TEST_EVERY,
        "trainer.default_local_dir": run_folder / "checkpoints",
        "trainer.rollout_data_dir": run_folder / "rollouts",
        "trainer.validation_data_dir": run_folder / "held_out",
        **task.settings,
    }


def train(demo: Demo, first_step: int) -> None:
    """Run verl from `first_step` to the last, with a line per step.

    Raises:
        CommandError: verl stopped before; why, and what is saved.
    """
    log = demo.run_folder / "verl.log"
    _logger.info(f"{demo.adv}: starting verl (about half a minute), its output in {log}")
    settings = {
        **overrides(demo.task, ESTIMATORS[demo.adv], demo.start_folder, demo.run_folder, demo.seed),
        "trainer.total_training_steps": demo.steps,
        "trainer.resume_mode": "auto" if first_step else "disable",
        "trainer.val_before_train": not first_step,
        **demo.overrides,
    }
    metrics = report.metrics_file(demo.run_folder, first_step)
    begins = log.stat().st_size if log.exists() else 0
    pace, step = Pace(), first_step
    with verl_run.verl(settings, demo.run_folder, metrics) as process:
        for row in follow(metrics, process):
            step = row["step"]
            if "timing_s/step" in row["data"]:
                pace.passed(row["data"]["timing_s/step"])
            _logger.info(report.progress(step, row["data"], demo.steps, pace))
        if process.returncode:
            reason = ending(process.returncode)
            error = last_error(log.read_bytes()[begins:].decode(errors="replace"))
            if process.returncode > 0 and error:
                reason = f"stopped: {error}"
            raise CommandError(
                f"verl {reason}. It was {f'after step {step}' if step else 'before the first step'}"
                f"; all that it said is in {log}"
            )


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


def ending(code: int) -> str:
    """How a process ended, from its exit code.

    Example:
        >>> ending(-9), ending(3)
        ('was killed by SIGKILL (out of memory?)', 'stopped with exit code 3')
    """
    if code >= 0:
        return f"stopped with exit code {code}"
    hint = " (out of memory?)" if -code == signal.SIGKILL else ""
    return f"was killed by {signal.Signals(-code).name}{hint}"


# Ray puts the actor's name before its lines, in colour.
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_ACTOR = re.compile(r"^\(\w+ pid=\d+(?:, ip=\S+)?\) ")
_ERROR = re.compile(r"^(?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception|Exit|Interrupt)\b(?!\().*")


def last_error(log: str) -> str | None:
    r"""The last error in what verl said; None if it is none.

    Example:
        >>> last_error("(TaskRunner pid=7) ValueError: bmax is 0\n(TaskRunner pid=7) bye")
        'ValueError: bmax is 0'
    """
    lines = (_ACTOR.sub("", _COLOUR.sub("", line)) for line in log.splitlines())
    errors = [line.strip() for line in lines if _ERROR.match(line)]
    return errors[-1] if errors else None
