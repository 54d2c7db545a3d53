"""The package as installed: documentation that runs, imports that are light."""

from __future__ import annotations

import doctest
import importlib
import importlib.metadata
import re
import subprocess
import sys
from pathlib import Path

import pytest

import lead_rs

ROOT = Path(__file__).parents[1]
CHANGELOG = (ROOT / "CHANGELOG.md").read_text()
PUBLIC = [getattr(lead_rs, name) for name in lead_rs.__all__ if name != "__version__"]


@pytest.mark.parametrize("thing", PUBLIC, ids=lambda thing: thing.__name__)
def test_public_things_are_documented(thing):
    assert thing.__doc__
    for name, member in vars(thing).items() if isinstance(thing, type) else ():
        if not name.startswith("_"):
            assert member.__doc__, f"{thing.__name__}.{name}"


def test_examples_run():
    found = doctest.DocTestFinder().find(lead_rs, "lead_rs")
    own = ("cuda", "trl.rewards", "_estimator", "_explain", "_extras", "_files", "_score", "tables")
    runs = (
        "report.panels",
        "runs.checkpoints",
        "runs.held_out",
        "runs.logs",
        "runs.rollouts",
        "runs.rows",
    )
    verl = ("verl.checkpoint", "verl.reward", "verl.rows", "verl.run_folder")
    commands = (
        "_progress",
        "cli",
        "cli.report",
        "data",
        "data.preparation",
        "demo.train",
        "report.panels",
        "evaluation.statistics",
        "replay.settings",
        "replay.simulation",
    )
    for name in (*own, *runs, *verl, *commands):
        module = importlib.import_module(f"lead_rs.{name}")
        found += doctest.DocTestFinder().find(module, module.__name__)
    for thing in PUBLIC:
        found += doctest.DocTestFinder(recurse=False).find(thing, thing.__name__)
        if isinstance(thing, type):
            for name, member in vars(thing).items():
                if not name.startswith("__") and member.__doc__:
                    parser, where = doctest.DocTestParser(), f"{thing.__name__}.{name}"
                    found.append(parser.get_doctest(member.__doc__, {}, where, None, 0))
    runner = doctest.DocTestRunner()
    tried = sum(runner.run(test).attempted for test in found)
    assert runner.summarize().failed == 0
    assert tried >= 25


def test_version_is_the_distributions():
    assert lead_rs.__version__ == importlib.metadata.version("lead-rs")


def test_changelog_begins_with_this_version():
    heading = re.search(r"^## (\S+) - (unreleased|\d{4}-\d\d-\d\d)$", CHANGELOG, re.MULTILINE)
    assert heading
    assert heading[1] == lead_rs.__version__


def test_notices_are_those_of_the_locked_crates():
    """Of each crate, in the version that is linked in; `make licences` renews them."""
    text = next(
        file.read_text()
        for file in importlib.metadata.files("lead-rs")
        if file.name == "THIRD_PARTY_LICENSES"
    )
    named = set(re.findall(r"^([\w-]+) (\d+\.\d+\.\d+\S*)$", text, re.MULTILINE))
    assert named == linked_crates()


def linked_crates():
    """(name, version) of each."""
    found = set()
    for arch in ("x86_64", "aarch64"):
        command = ["cargo", "tree", "--locked", "--edges=normal", "--prefix=none", "--format={p}"]
        command += ["--features=python,cuda", f"--target={arch}-unknown-linux-gnu"]
        tree = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
        found |= {tuple(line.split()[:2]) for line in tree.stdout.splitlines() if line}
    return {(name, version.removeprefix("v")) for name, version in found if name != "lead-rs"}


@pytest.mark.parametrize("module", ["lead_rs", "lead_rs.__main__"])
def test_import_is_light(module):
    """Neither torch nor verl comes along, nor a command's needs; numpy with the first array."""
    heavy = ("torch", "verl", "ray", "transformers", "matplotlib", "pyarrow", "tqdm")
    heavy += ("numpy",) if module == "lead_rs" else ()
    code = f"import sys, {module}; print([m for m in {heavy} if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_citation_is_of_this_version():
    yaml = pytest.importorskip("yaml")
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert str(citation["version"]) == lead_rs.__version__
    [paper] = citation["references"]
    assert paper["identifiers"][0]["value"] == "arXiv:2605.09806"


def test_metadata_names_no_address_that_is_not_there():
    metadata = importlib.metadata.metadata("lead-rs")
    assert metadata["Author"] == "the lead-rs maintainers"
    assert metadata.get_all("Project-URL") is None
    classifiers = metadata.get_all("Classifier")
    assert {f"Programming Language :: Python :: 3.{minor}" for minor in range(10, 15)} <= set(
        classifiers
    )


def test_templates_and_workflows_are_yaml():
    yaml = pytest.importorskip("yaml")
    files = [*(ROOT / ".github").rglob("*.yml")]
    assert files
    for file in files:
        assert isinstance(yaml.safe_load(file.read_text()), dict), file
