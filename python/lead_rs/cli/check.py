"""``lead-rs check``: can verl train with LEAD here, and if not, why not."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import importlib
import importlib.metadata
import importlib.util
import logging
import os
import platform
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import lead_rs
import lead_rs.cuda
from lead_rs import _lead_rs, installed_verl
from lead_rs.cli import terminal
from lead_rs.cli.command import Command, Result
from lead_rs.installed_verl import MODULE, MODULES_VARIABLE, PLUGINS_VARIABLE, TESTED

EXPORT = f"export {MODULES_VARIABLE}={MODULE}"
PACKAGES = ("numpy", "torch", "ray", "hydra-core", "omegaconf", "TransferQueue")


@dataclasses.dataclass(frozen=True)
class Finding:
    """One line of the report.

    Attributes:
        ok: whether it is as it should be; None for what is only worth knowing.
        subject: what was looked at.
        text: what was found, and what to do about it.
    """

    ok: bool | None
    subject: str
    text: str


def run(arguments: argparse.Namespace) -> Result:
    """Print the report; 0 if verl can train with LEAD here, else 1."""
    found = []
    with _without_verls_warnings():
        for finding in findings():
            found.append(finding)
            if not arguments.json:
                terminal.finding(finding.ok, f"{finding.subject:<16}{finding.text}")
    failed = any(finding.ok is False for finding in found)
    text = (
        "LEAD cannot run in verl here." if failed else "LEAD is ready: algorithm.adv_estimator=lead"
    )
    data = {"ready": not failed, "findings": [dataclasses.asdict(finding) for finding in found]}
    return Result(data, text, int(failed))


@contextlib.contextmanager
def _without_verls_warnings() -> Iterator[None]:
    """Without those about GPUs and engines that are not there."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


def findings() -> Iterator[Finding]:
    """Look at everything between ``pip install`` and the first training step, in that order."""
    yield Finding(None, "python", f"{platform.python_version()} ({sys.executable})")
    yield Finding(None, "lead_rs", f"{lead_rs.__version__} ({Path(lead_rs.__file__).parent})")
    for package in PACKAGES:
        yield Finding(None, package, _version(package) or "not installed")
    yield from _subject("core", _core)
    yield Finding(None, "CUDA", lead_rs.cuda.why_not() or _devices())

    folder = installed_verl.folder()
    if folder is None:
        yield Finding(False, "verl", f"not installed: pip install verl=={TESTED[-1]}")
        return
    version = installed_verl.version(folder)
    tested = "" if version in TESTED else f"; LEAD is tested with {', '.join(TESTED)}"
    yield Finding(None, "verl", f"{version} ({folder}){tested}")

    # First the configuration, as in a run: for verl before 0.9 its plug-in loads all the rest.
    exported = MODULES_VARIABLE in os.environ
    yield from _subject("Hydra overlay", lambda: _overlay(folder))
    plugin = next(_subject("plug-in", lambda: _plugin(folder, exported=exported)))
    yield plugin
    if plugin.ok:
        yield from _extensions(folder)
    yield from _subject("reward", _reward)


def _subject(subject: str, look: Callable[[], str]) -> Iterator[Finding]:
    try:
        yield Finding(True, subject, look())
    except Exception as error:
        yield Finding(False, subject, _in_words(error))


def _in_words(error: Exception) -> str:
    if isinstance(error, ImportError):
        return f"cannot be imported: {error}"
    return f"{type(error).__name__}: {error}".strip().replace("\n", " ")


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _core() -> str:
    output = lead_rs.compute_advantage([1, 0], [1500, 2500], ["a", "a"])
    return f"one step computed, lambda_corr {output.lambda_corr:.3f}"


def _devices() -> str:
    return (
        f"available, {_lead_rs.cuda_device_count()} device(s): arrays on a GPU are computed there"
    )


def _overlay(verl_folder: Path) -> str:
    from hydra import compose, initialize_config_dir
    from hydra.core.plugins import Plugins
    from hydra.plugins.search_path_plugin import SearchPathPlugin

    found = {plugin.__name__ for plugin in Plugins.instance().discover(SearchPathPlugin)}
    if "LeadSearchPath" not in found:
        import hydra_plugins

        raise RuntimeError(
            f"Hydra does not see hydra_plugins/lead_rs_verl.py (hydra_plugins is "
            f"{list(hydra_plugins.__path__)}): reinstall lead-rs, or write +algorithm.lead_beta=..."
        )
    if not installed_verl.may_load_lead(verl_folder):
        return "as LEAD is kept out of verl, so are its settings"
    folder = str((verl_folder / "trainer" / "config").resolve())
    with initialize_config_dir(folder, version_base=None):
        algorithm = compose("ppo_trainer", ["algorithm.lead_beta=0.9"]).algorithm
    count = sum(str(key).startswith("lead_") for key in algorithm)
    return f"algorithm.lead_beta=0.9 composes without a '+'; {count} lead_* settings"


def _plugin(verl_folder: Path, *, exported: bool) -> str:
    importlib.import_module("verl")
    has_entry_points = installed_verl.loads_plugins(verl_folder)
    if "lead_rs.verl" in sys.modules:
        if has_entry_points:
            return "verl has loaded lead_rs.verl (entry point verl.plugins)"
        how = f"verl has loaded lead_rs.verl ({MODULES_VARIABLE})"
        if exported:
            return how
        return f"{how}; a program that isn't verl's own needs: {EXPORT}"
    if not has_entry_points:
        reason = f"{MODULES_VARIABLE} does not name {MODULE}: {EXPORT}"
    elif not installed_verl.may_load_lead(verl_folder):
        policy = os.environ[PLUGINS_VARIABLE]
        reason = f"{PLUGINS_VARIABLE}={policy} keeps verl from it: unset it, or add lead_rs"
    elif not importlib.metadata.entry_points(group="verl.plugins", name="lead_rs"):
        reason = "the installed lead-rs has no entry point in the group verl.plugins: reinstall it"
    else:
        importlib.import_module("lead_rs.verl")  # raises what verl has hidden
        reason = "unknown: lead_rs.verl can be imported"
    raise RuntimeError(f"verl has not loaded lead_rs.verl: {reason}")


def _extensions(verl_folder: Path) -> Iterator[Finding]:
    from lead_rs.verl import adapters, hooks

    has_v1 = (verl_folder / "trainer" / "ppo" / "v1").is_dir()
    default = adapters.V1 if has_v1 else adapters.LEGACY  # what is used where nothing is said
    for adapter in adapters.ADAPTERS:
        error: Exception | None = None
        try:
            importlib.import_module(adapter.module)
            error = hooks.failures.get(adapter)
        except ModuleNotFoundError as missing:
            if missing.name and adapter.module.startswith(missing.name):
                continue  # this verl has no such trainer
            error = missing
        except Exception as other:
            error = other
        if error is None:
            continue
        text = str(error) if adapter in hooks.failures else _in_words(error)
        if adapter.without is not None:
            yield Finding(None, adapter.module, f"{text}; without it there is no {adapter.without}")
        elif adapter.trainer in (None, default):
            yield Finding(False, adapter.module, text)
        else:
            yield Finding(None, adapter.module, f"{text}; LEAD refuses to run in {adapter.trainer}")
    for name in (name for names in hooks.applied.values() for name in names):
        yield Finding(True, "  extended", name)


def _reward() -> str:
    from lead_rs.verl.reward import compute_score

    right, wrong = (compute_score("deepscaler", rf"\boxed{{{x}}}", "42")["acc"] for x in (42, 41))
    if (right, wrong) != (1.0, 0.0):
        raise RuntimeError(f"a right answer has acc {right}, a wrong one {wrong}")
    module = importlib.import_module("verl.utils.reward_score")
    module.default_compute_score("deepscaler", r"\boxed{42}", "42")
    return "pkg://lead_rs.verl.reward, and verl's default for data_source=deepscaler"


COMMAND = Command(
    "check",
    "say whether verl can train with LEAD here, and if not, why",
    "lead-rs check",
    run,
    more="The exit status is 0 if it can.",
)
