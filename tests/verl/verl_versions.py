"""The verls that the tests can be run against: the installed one, and unpacked wheels."""

from __future__ import annotations

import importlib
import importlib.util
import os
import warnings
from pathlib import Path

import pytest

from lead_rs.installed_verl import TESTED


def verl_folder():
    """The installed verl package, or None; `tests/verl` itself is no verl."""
    spec = importlib.util.find_spec("verl")
    return Path(spec.origin).parent if spec is not None and spec.origin else None


def module_file(name):
    """Where a module of verl would be."""
    return verl_folder().parent.joinpath(*name.split(".")).with_suffix(".py")


def loads_plugins(wheel):
    """Whether a verl, as `wheel_folders` has it, loads LEAD without being told to."""
    return wheel == "installed" or not wheel.name.startswith(("verl-0.7.", "verl-0.8."))


def import_quietly(name):
    """A module of verl; what it warns of at import is not ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return importlib.import_module(name)


def wheel_folders():
    """verl versions to compose and contract-check: the installed one, and unpacked wheels.

    LEAD_RS_VERL_WHEELS names a folder of `verl-*.whl` files (`pip download --no-deps`).
    """
    wheels = os.environ.get("LEAD_RS_VERL_WHEELS")
    found = {
        path.name.split("-")[1]: path for path in sorted(Path(wheels or ".").glob("verl-*.whl"))
    }
    versions = [pytest.param("installed", id="installed")]
    for version in TESTED[:-1]:
        missing = pytest.mark.skipif(
            version not in found,
            reason=f"no verl-{version} wheel in the folder LEAD_RS_VERL_WHEELS ({wheels})",
        )
        versions.append(pytest.param(found.get(version), id=version, marks=missing))
    return versions


ALGORITHM = {
    "adv_estimator": "lead",
    "gamma": 1.0,
    "lam": 1.0,
    "use_kl_in_reward": False,
    "kl_penalty": "kl",
    "rollout_correction": None,
}
"""What an advantage needs of a `config.algorithm` as verl composes it."""
