"""Compose runs in one process, on the verl that it finds: `compose_runs.py < runs > configs`.

In comes a list of runs, each with the arguments that its script hands to launch.py and with its
environment; out come as many configurations, or what CannotRun says of them.
"""

import json
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "examples/training"))

from launch import parse, plan
from omegaconf import OmegaConf
from verl_config import CannotRun


def composed(arguments: list[str], environment: dict[str, str]) -> object:
    os.environ |= environment
    try:
        _, config = plan(parse(arguments))
        return OmegaConf.to_container(config, resolve=True)
    except CannotRun as error:
        return str(error)
    finally:
        for name in environment:
            del os.environ[name]


json.dump([composed(**run) for run in json.load(sys.stdin)], sys.stdout)
