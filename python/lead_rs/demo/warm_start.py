"""The problems of a task and the model that its runs begin with, after some supervised training.

    python -m lead_rs.demo.warm_start outputs/cpu/seed1 --seed 1

A program of its own, so that its memory is free when verl starts.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from pathlib import Path

import transformers.utils.logging

from lead_rs.demo.saving import save_model
from lead_rs.demo.tasks import TASKS, TINY, Task

LINES = 6
"""Of progress."""


def write(task: Task, folder: Path, *, seed: int, steps: int | None = None) -> None:
    """Write train.parquet, held_out.parquet and the trained model's folder ``model``.

    Args:
        task: whose module of that name has the problems, the model and its training.
        folder: for all three; ``model`` says that the warm start is done.
        seed: of the model, where the task makes it, and of the training.
        steps: of training; the module's, if None.

    Raises:
        OSError: they cannot be written, or what a task begins with cannot be read.
    """
    start = importlib.import_module(task.warm_start)
    steps = start.STEPS if steps is None else steps
    transformers.utils.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    problems = start.write_problems(folder)
    model, tokenizer = start.first_model(folder, seed)
    losses = start.train(model, tokenizer, problems, steps=steps, seed=seed)
    for step, loss in enumerate(losses, 1):
        if step % max(1, steps // LINES) == 0:
            print(f"warm start {step:3}/{steps}   loss {loss:.3f}", flush=True)
    save_model(model, tokenizer, folder / "model")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", choices=TASKS, default=TINY.name)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--steps", type=int)
    options = parser.parse_args()
    if (options.folder / "model").exists():
        parser.error(f"{options.folder / 'model'} is there already")
    try:
        write(TASKS[options.model], options.folder, seed=options.seed, steps=options.steps)
    except OSError as error:
        sys.exit(f"the warm start in {options.folder} failed: {error}")


if __name__ == "__main__":
    main()
