"""Run the ablations: finished runs are skipped, unfinished ones go on, and a table follows.

Nothing is ever deleted. A run is finished when its last checkpoint is of its last step.
"""

from __future__ import annotations

import logging
import math
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from lead_rs._errors import CommandError
from lead_rs.recipes.launch import data_folder
from lead_rs.recipes.math_data import prepare_missing
from lead_rs.recipes.preflight import row_count
from lead_rs.recipes.verl_config import CannotRun, total_steps
from lead_rs.runs.checkpoints import last_checkpoint
from lead_rs.runs.logs import load_log
from lead_rs.tables import markdown_table

_logger = logging.getLogger(__name__)

ACCURACY = "val-core/deepscaler/acc/mean@1"
LENGTH = "response_length/mean"


class Method(NamedTuple):
    """Runs of one kind.

    Attributes:
        recipe: of one run.
        variable: what the recipe is told by.
        values: the variable with the values to run.
        default: those of the paper.
    """

    recipe: str
    variable: str
    values: str
    default: str


RATIOS = "0.0 0.25 0.5 1.0 2.0 4.0"
METHODS = {
    "grpo": Method("grpo_ratio", "RATIO", "RATIOS", RATIOS),
    "lead": Method("lead_static_ratio", "RATIO", "RATIOS", RATIOS),
    # mean_correct, the fourth, is the paper's own run.
    "aggregator": Method("aggregator", "AGG", "AGGS", "min_correct median_correct mean_all"),
}


class Run(NamedTuple):
    """One run.

    Attributes:
        name: the method and the value.
        command: what starts it, or goes on with it.
        environment: for the command.
    """

    name: str
    command: list[str]
    environment: dict[str, str]

    def plan(self) -> str:
        """What the run prints for DRY_RUN=full: verl's configuration."""
        done = subprocess.run(
            [*self.command, "--quiet"],
            env=self.environment | {"DRY_RUN": "full"},
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise CannotRun(f"{self.name}: {done.stderr.strip().removeprefix('lead-rs: ')}")
        return done.stdout


class Plan(NamedTuple):
    """What is known of a run before it starts.

    Attributes:
        run: which.
        config: verl's configuration.
        text: the same as it is printed.
    """

    run: Run
    config: Any
    text: str

    def settings(self) -> Any:
        """The configuration as JSON data."""
        from omegaconf import OmegaConf

        return OmegaConf.to_container(self.config, resolve=True)

    @property
    def folder(self) -> Path:
        """Where its checkpoints and logs are."""
        return Path(self.config.trainer.default_local_dir)

    def steps(self, done_step: int | None) -> tuple[int, int]:
        """The step of its last checkpoint, and the one from which on it is finished."""
        last = total_steps(self.config, row_count(self.config))
        return last_checkpoint(self.folder), min(last, done_step or last)


class Result(NamedTuple):
    """A line of the table."""

    name: str
    status: str
    step: int
    last_step: int
    accuracy: float
    length: float


def command(recipe: str, overrides: Sequence[str]) -> list[str]:
    """What starts one run, or goes on with it."""
    return [sys.executable, "-m", "lead_rs", "train", recipe, *overrides]


def runs(overrides: Sequence[str]) -> Iterator[Run]:
    """The runs that METHODS, RATIOS and AGGS ask for, in their order.

    Args:
        overrides: verl's, for all of the runs.

    Raises:
        CannotRun: there is no such method, or a value is asked for twice.
    """
    seen = Counter[str]()
    for name in _words("METHODS", " ".join(METHODS)):
        if name not in METHODS:
            raise CannotRun(f"METHODS: there is no {name!r}, but {', '.join(METHODS)}")
        method = METHODS[name]
        for value in _words(method.values, method.default):
            run = f"{name} {method.variable}={value}"
            seen[run] += 1
            if seen[run] > 1:
                raise CannotRun(f"{run} is asked for twice")
            environment = {**os.environ, method.variable: value}
            yield Run(run, command(method.recipe, overrides), environment)


def plans(of: list[Run]) -> list[Plan]:
    """What each run would do: all of them, before the first one starts.

    Raises:
        CannotRun: a run cannot be, or several would write into one folder.
    """
    from omegaconf import OmegaConf

    made = []
    for run in of:
        text = run.plan()
        made.append(Plan(run, OmegaConf.create(text), text))
    folders = Counter(plan.folder for plan in made)
    if shared := [str(folder) for folder, count in folders.items() if count > 1]:
        raise CannotRun(
            f"several runs would write into {', '.join(shared)}: set OUTPUT_ROOT, under which each "
            "has a folder of its own, and not CKPT_DIR, which is that of one run"
        )
    return made


def execute(plan: Plan, done_step: int | None) -> Result:
    """Start a run, or go on with it, unless it is finished."""
    before, last = plan.steps(done_step)
    if before >= last:
        status = "finished before"
    else:
        _logger.info(f"\n== {plan.run.name}: from step {before} to {last}, in {plan.folder}")
        code = subprocess.run(plan.run.command, env=plan.run.environment).returncode
        status = "finished" if code == 0 else f"failed with status {code}"
    after, _ = plan.steps(done_step)
    return Result(plan.run.name, status, after, last, *last_metrics(plan.folder))


def last_metrics(folder: Path) -> tuple[float, float]:
    """The last validation accuracy and mean response length in a run's logs; NaN if there is none.

    A line that is cut off, as the last one of a killed run may be, is passed over.
    """
    try:
        log = load_log(folder / "metrics")
    except CommandError:
        return math.nan, math.nan
    accuracy, length = ([math.nan, *log.curve(metric)[1]][-1] for metric in (ACCURACY, LENGTH))
    return accuracy, length


def table(results: list[Result]) -> str:
    """The results as a Markdown table."""
    rows = [
        [
            result.name,
            result.status,
            f"{result.step}/{result.last_step}",
            "-" if math.isnan(result.accuracy) else f"{result.accuracy:.3f}",
            "-" if math.isnan(result.length) else f"{result.length:,.0f}",
        ]
        for result in results
    ]
    return markdown_table(["run", "status", "step", "accuracy", "tokens"], rows)


def sweep(overrides: Sequence[str]) -> Iterator[Result]:
    """Run what METHODS, RATIOS, AGGS and DONE_STEP ask for, after a look at all of them.

    Args:
        overrides: verl's, for all of the runs.

    Yields:
        Each run's result, when it has ended.

    Raises:
        CannotRun: a run cannot be.
    """
    done_step = _done_step()
    for plan in plans(list(runs(overrides))):
        prepare_missing(plan.config, data_folder())
        if not row_count(plan.config):
            raise CannotRun(f"{plan.run.name}: no problems in {plan.config.data.train_files}")
        yield execute(plan, done_step)


def _words(variable: str, default: str) -> list[str]:
    """The words of a variable; what is unset or empty has its default."""
    return (os.environ.get(variable, "").split()) or default.split()


def _done_step() -> int | None:
    given = os.environ.get("DONE_STEP") or None
    if given is not None and not given.isdecimal():
        raise CannotRun(f"DONE_STEP must be the number of a step, got {given!r}")
    return None if given is None else int(given)
