"""Run an ablation: its finished runs are skipped, its unfinished ones go on, and a table follows.

Nothing is ever deleted. A run is finished when its last checkpoint is of its last step.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE.parent / "training"))

from preflight import last_checkpoint, row_count  # noqa: E402
from runs import ABLATIONS  # noqa: E402
from verl_config import CannotRun, total_steps  # noqa: E402

ACCURACY = "val-core/deepscaler/acc/mean@1"
LENGTH = "response_length/mean"


class Run(NamedTuple):
    """One run of an ablation.

    Attributes:
        name: of the run within the ablation.
        command: what starts it, or goes on with it.
        environment: for the command.
    """

    name: str
    command: list[str]
    environment: dict[str, str]

    def plan(self) -> str:
        """What the run's script prints for DRY_RUN=1: verl's configuration."""
        done = subprocess.run(
            self.command, env=self.environment | {"DRY_RUN": "1"}, capture_output=True, text=True
        )
        if done.returncode:
            raise CannotRun(f"{self.name}: {done.stderr.strip()}")
        return done.stdout


class Result(NamedTuple):
    """A line of the table."""

    name: str
    status: str
    step: int
    last_step: int
    accuracy: float
    length: float


def runs_of(ablation: str, overrides: Iterable[str]) -> list[Run]:
    """The ablation's runs, each with a folder of its own.

    Args:
        ablation: one of `ABLATIONS`.
        overrides: verl's, for all of the runs.
    """
    script, settings = ABLATIONS[ablation]
    made = []
    for name, own in settings.items():
        environment = {**os.environ, "PYTHON": sys.executable, "RUN_NAME": f"{ablation}/{name}"}
        if folder := os.environ.get("CKPT_DIR"):
            environment["CKPT_DIR"] = str(Path(folder) / ablation / name)
        made.append(Run(name, ["bash", str(ROOT / script), *own, *overrides], environment))
    return made


def progress(plan: str) -> tuple[int, int, Path]:
    """The step of a run's last checkpoint, its last step, and its folder."""
    from omegaconf import OmegaConf

    config: Any = OmegaConf.create(plan)
    rows = row_count(config)
    if not rows:
        raise CannotRun(f"no problems in {config.data.train_files}: python data/prepare.py math")
    log = Path(config.ray_kwargs.ray_init.runtime_env.env_vars.VERL_FILE_LOGGER_PATH)
    step = last_checkpoint(config.trainer.default_local_dir)
    return step, total_steps(config, rows), log.parents[1]


def execute(run: Run) -> Result:
    """Start a run, or go on with it, unless it is finished."""
    plan = run.plan()
    before, last, folder = progress(plan)
    if before >= last:
        status = "finished before"
    else:
        print(f"\n== {run.name}: from step {before} to {last}", flush=True)
        code = subprocess.run(run.command, env=run.environment).returncode
        status = "finished" if code == 0 else f"failed with status {code}"
    after, _, _ = progress(plan)
    return Result(run.name, status, after, last, *last_metrics(folder))


def last_metrics(folder: Path) -> tuple[float, float]:
    """The last validation accuracy and mean response length in a run's logs; NaN if there is none.

    A line that is cut off, as the last one of a killed run may be, is passed over.
    """
    found = dict.fromkeys((ACCURACY, LENGTH), math.nan)
    for file in sorted(folder.glob("metrics/*.jsonl")):
        for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
            try:
                data = json.loads(line)["data"]
            except (ValueError, LookupError, TypeError):
                continue
            found |= {key: float(data[key]) for key in found if data.get(key) is not None}
    return found[ACCURACY], found[LENGTH]


def table(results: list[Result]) -> str:
    """The results as a Markdown table."""
    lines = ["| run | status | step | accuracy | tokens |", "|---|---|---|---|---|"]
    for result in results:
        accuracy = "-" if math.isnan(result.accuracy) else f"{result.accuracy:.3f}"
        length = "-" if math.isnan(result.length) else f"{result.length:,.0f}"
        step = f"{result.step}/{result.last_step}"
        lines.append(f"| {result.name} | {result.status} | {step} | {accuracy} | {length} |")
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """The command; 0 if every run is finished."""
    parser = argparse.ArgumentParser(prog="driver.py", description=__doc__)
    parser.add_argument("ablation", choices=ABLATIONS)
    parser.add_argument("overrides", nargs="*", metavar="KEY=VALUE", help="verl's, for all runs")
    options = parser.parse_args(arguments)
    runs = runs_of(options.ablation, options.overrides)
    results: list[Result] = []
    try:
        if os.environ.get("DRY_RUN", "0") not in ("", "0"):
            for run in runs:
                print(f"---\n# {options.ablation}/{run.name}\n{run.plan()}", end="")
            return 0
        for run in runs:
            results.append(execute(run))
    except CannotRun as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ninterrupted; the same command goes on where this stopped", file=sys.stderr)
    if results:
        print(f"\n{table(results)}")
    complete = len(results) == len(runs)
    return 0 if complete and all(result.step >= result.last_step for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
