"""Compose runs in one process, on the verl that it finds: `compose_runs.py < runs > configs`.

In comes a list of runs, each with the name of its recipe, overrides and its environment; out come
as many configurations, or what CannotRun says of them.
"""

import json
import os
import sys

from omegaconf import OmegaConf

from lead_rs.recipes.launch import plan
from lead_rs.recipes.recipe import RECIPES
from lead_rs.recipes.verl_config import CannotRun


def composed(name: str, overrides: list[str], environment: dict[str, str]) -> object:
    os.environ |= environment
    try:
        _, config = plan(RECIPES[name].make().with_overrides(*overrides))
        return OmegaConf.to_container(config, resolve=True)
    except CannotRun as error:
        return str(error)
    finally:
        for name in environment:
            del os.environ[name]


json.dump([composed(**run) for run in json.load(sys.stdin)], sys.stdout)
