"""The documentation builds without a warning, names all that is public, and its examples run."""

from __future__ import annotations

import importlib
import inspect
import os
import re
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

import lead_rs
from lead_rs.lint import CHECKS

ROOT = Path(__file__).parents[2]
MODULES = [
    "lead_rs.cuda",
    "lead_rs.data",
    "lead_rs.evaluation",
    "lead_rs.lint",
    "lead_rs.math_verify",
    "lead_rs.replay",
    "lead_rs.report",
    "lead_rs.skyrl",
    "lead_rs.trl",
]
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)
PAGES = [
    page
    for page in [ROOT / "README.md", *ROOT.glob("docs/*.md"), *ROOT.glob("examples/*/README.md")]
    if BLOCK.search(page.read_text())
]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The built pages; a link that leads nowhere, or a page that nothing leads to, is an error."""
    folder = tmp_path_factory.mktemp("docs") / "site"
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--site-dir", folder]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def documented(site):
    """The Python names that have an entry."""
    head, _, packed = (site / "objects.inv").read_bytes().partition(b"using zlib.\n")
    assert head.startswith(b"# Sphinx inventory version 2")
    return {line.split(" ", 1)[0] for line in zlib.decompress(packed).decode().splitlines()}


def public():
    """What a user may import: the package's names, and those of the modules named here."""
    names = [f"lead_rs.{name}" for name in lead_rs.__all__ if name != "__version__"]
    for module_name in MODULES:
        module = importlib.import_module(module_name)
        own = getattr(module, "__all__", None) or [
            name
            for name, thing in vars(module).items()
            if not name.startswith("_")
            and (inspect.isfunction(thing) or inspect.isclass(thing))
            and thing.__module__ == module_name
        ]
        names += [f"{module_name}.{name}" for name in own]
    return names


def test_every_public_name_is_documented(site):
    assert not set(public()) - documented(site)


def test_nothing_is_fetched(site):
    """A page works where there is no network."""
    fetched = re.compile(r'(?:src|<link[^>]+href)="(https?://[^"]+)"')
    found = {url for page in site.glob("*.html") for url in fetched.findall(page.read_text())}
    assert not found


def test_formulas_are_drawn(site):
    page = (site / "method.html").read_text()
    assert page.count("<math") > 20
    assert "$$" not in page


def test_metrics_are_those_of_a_step():
    """The table of metrics has each that a step gives, and no other."""
    page = (ROOT / "docs" / "verl.md").read_text()
    table = page[page.index("## Metrics") : page.index("## What is supported")]
    listed = {key for key in re.findall(r"`(lead/[\w/]+?)`", table) if "NAME" not in key}
    controller = lead_rs.WeightController(lead_rs.LeadConfig(static_lambda_corr=0.5))
    batch = {"correctness": [1, 0], "response_length": [5, 7], "index": ["a", "a"]}
    lead_rs.compute_advantage(**batch, controller=controller)
    assert set(controller.metrics) <= listed
    assert listed - set(controller.metrics) == OF_A_TRAINER


OF_A_TRAINER = {f"lead/lint_{check.name}" for check in CHECKS if check.cheap}
OF_A_TRAINER.add("lead/num_unscored_responses")
"""Metrics that verl's plug-in adds to those of a step."""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_examples_run(page, tmp_path, monkeypatch):
    """All of a page's, one after the other, as a reader would."""
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for block in BLOCK.findall(page.read_text()):
        exec(compile(block, str(page), "exec"), names)
