"""A run's numbers where others of a project are: CSV, TensorBoard or Weights & Biases."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable
from pathlib import Path

from lead_rs._extras import require
from lead_rs._files import whole_file
from lead_rs.evaluation.results import Run

PROJECT = "lead-rs-eval"
NUMBERS = (
    *("accuracy", "standard_error", "pass_at_n"),
    *("tokens", "tokens_correct", "truncated", "long"),
)


def numbers(run: Run) -> dict[str, dict[str, float]]:
    """A run's numbers by set, the average first, without those that are undefined."""
    summaries = {"average": run.average, **run.sets}
    return {
        name: {each: value for each in NUMBERS if not math.isnan(value := getattr(summary, each))}
        for name, summary in summaries.items()
    }


def check(names: list[str]) -> None:
    """See that what loggers need is installed, before hours of generation.

    Raises:
        CommandError: naming what is missing.
    """
    for name in names:
        if name in _NEEDS:
            require(f"--log {name}", *_NEEDS[name])


def log(name: str, run: Run, folder: Path) -> None:
    """Log a run.

    Args:
        name: of `LOGGERS`.
        run: the finished run.
        folder: the run's, in which files go.
    """
    LOGGERS[name](run, folder)


def _csv(run: Run, folder: Path) -> None:
    with (
        whole_file(folder / "results.csv") as unfinished,
        unfinished.open("w", newline="", encoding="utf-8") as file,
    ):
        table = csv.DictWriter(file, ["run", "set", *NUMBERS])
        table.writeheader()
        for name, values in numbers(run).items():
            table.writerow({"run": run.name, "set": name, **values})


def _tensorboard(run: Run, folder: Path) -> None:
    from torch.utils.tensorboard import SummaryWriter

    with SummaryWriter(str(folder / "tensorboard")) as writer:
        for name, values in numbers(run).items():
            for key, value in values.items():
                writer.add_scalar(f"eval/{name}/{key}", value, 0)


def _wandb(run: Run, folder: Path) -> None:
    import wandb

    with wandb.init(project=PROJECT, name=run.name, dir=str(folder), config=run.settings) as board:
        board.log(
            {
                f"eval/{name}/{key}": value
                for name, values in numbers(run).items()
                for key, value in values.items()
            }
        )


LOGGERS: dict[str, Callable[[Run, Path], None]] = {
    "csv": _csv,
    "tensorboard": _tensorboard,
    "wandb": _wandb,
}
"""What `log` knows, by name."""

_NEEDS = {"tensorboard": ("report", "tensorboard"), "wandb": ("eval", "wandb")}
