"""``lead-rs train NAME``: the paper's runs, in verl."""

from __future__ import annotations

import argparse
import functools
import logging
import os
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lead_rs.cli import terminal
from lead_rs.cli.command import Command, Result
from lead_rs.recipes import launch, preflight, sweep
from lead_rs.recipes.math_data import prepare_missing
from lead_rs.recipes.recipe import RECIPES
from lead_rs.recipes.verl_config import compose, verl_version

SWEEP = "sweep"
_logger = logging.getLogger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what is its own to the command's parser."""
    parser.add_argument("name", metavar="NAME", choices=[*RECIPES, SWEEP], help="see below")
    parser.add_argument("overrides", nargs="*", metavar="KEY=VALUE", help="verl's overrides")


def run(given: argparse.Namespace) -> Result | int:
    """Start verl in place of this process; a dry run's plan, or the sweep's results."""
    launch.read_env_file(Path(".env"), os.environ)
    if given.name == SWEEP:
        return _sweep(given.overrides)
    recipe = RECIPES[given.name].make().with_overrides(*given.overrides)
    overrides, config = launch.plan(recipe)
    preflight.require_usable(config)
    if launch.filters_no_groups(recipe):
        _logger.warning(f"verl {verl_version()} cannot filter groups: this run takes them all")
    if _is_dry():
        return _plan(config, overrides)
    prepare_missing(config, launch.data_folder())
    if os.environ.get("PREFLIGHT", "1") != "0":
        preflight.require(
            config,
            gpu_memory=recipe.gpu_memory,
            checkpoint_size=recipe.checkpoint_size,
            show=functools.partial(terminal.finding, otherwise="note"),
        )
    launch.start(recipe, overrides)


def _is_dry() -> bool:
    return os.environ.get("DRY_RUN", "0") not in ("", "0")


def _plan(config: Any, overrides: list[str]) -> Result:
    """What would be started; with DRY_RUN=full the whole configuration too."""
    from omegaconf import OmegaConf

    command = launch.command(overrides)
    differences = list(launch.differences(config, compose([])))
    lines = [
        f"# verl {verl_version()}",
        f"# {shlex.join(command)}",
        "# what differs from verl's defaults (DRY_RUN=full prints the whole configuration):",
        *(f"# {line}" for line in differences),
    ]
    if os.environ["DRY_RUN"] == "full":
        lines.append(OmegaConf.to_yaml(config, resolve=True).rstrip("\n"))
    data = {
        "verl": verl_version(),
        "command": command,
        "config": OmegaConf.to_container(config, resolve=True),
    }
    return Result(data, "\n".join(lines))


def _sweep(overrides: Sequence[str]) -> Result:
    if _is_dry():
        plans = sweep.plans(list(sweep.runs(overrides)))
        text = "\n".join(f"---\n# {plan.run.name}\n{plan.text.rstrip()}" for plan in plans)
        return Result({plan.run.name: plan.settings() for plan in plans}, text)
    results: list[sweep.Result] = []
    interrupted = False
    try:
        for result in sweep.sweep(overrides):
            results.append(result)
    except KeyboardInterrupt:
        interrupted = True
        _logger.error("interrupted; the same command goes on where this stopped")
    finished = not interrupted and all(each.step >= each.last_step for each in results)
    data = [each._asdict() for each in results]
    return Result(data, sweep.table(results) if results else "", int(not finished), markdown=True)


_NAMES = {**{name: entry.sentence for name, entry in RECIPES.items()}, SWEEP: "Tables 2 and 3"}

COMMAND = Command(
    "train",
    "start a run of the paper's in verl",
    "DRY_RUN=1 lead-rs train math_lead_deepseek-r1-1.5b        # what it would be\n"
    "lead-rs train math_lead_deepseek-r1-1.5b trainer.total_epochs=3\n"
    'METHODS=aggregator AGGS="min_correct mean_all" lead-rs train sweep',
    run,
    add_arguments,
    more="The machine is checked first, and MATH prepared where there is no data. N_GPUS, "
    "BASE_MODEL, DATA_DIR, OUTPUT_ROOT and more are set in the environment or in .env of the "
    "current folder.",
    listing="names:\n" + "\n".join(f"  {name:<28}{what}" for name, what in _NAMES.items()),
)
