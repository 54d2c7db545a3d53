"""What ``make mutants-python`` changes is there, and so are the tests that are to see it."""

import importlib.util
from pathlib import Path

import mutants
import scripts

PACKAGE = Path(importlib.util.find_spec("lead_rs").origin).parent


def test_the_modules_and_their_tests_are_there():
    for module, tests in mutants.TESTS.items():
        source = PACKAGE.joinpath(module).with_suffix(".py").read_text(encoding="utf-8")
        assert list(mutants.mutants(module, source)), module
        for test in tests.split():
            file, *name = test.split("::")
            assert scripts.ROOT.joinpath(file).exists(), test
            assert all(f"\ndef {each}(" in scripts.ROOT.joinpath(file).read_text() for each in name)


def test_each_edit_has_its_place():
    for module, _, after in mutants.EDITS:
        source = PACKAGE.joinpath(module).with_suffix(".py").read_text(encoding="utf-8")
        assert any(each.after == after for each in mutants.edited(module, source))
