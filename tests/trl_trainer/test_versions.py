"""What is said of a TRL that LeadGRPOTrainer does not work in, and what it relies on."""

from __future__ import annotations

import importlib.metadata

import pytest

pytest.importorskip("trl", reason="TRL is not installed: make test-trl")


from trl import GRPOTrainer

from lead_rs.trl import versions


@pytest.mark.parametrize("found", ["0.28.1", "2.0.0"])
def test_another_version(monkeypatch, found):
    monkeypatch.setattr(importlib.metadata, "version", lambda name: found)
    with pytest.raises(ImportError, match=f"TRL 0.29 or later, below 2, found {found}"):
        versions.check_installed()


def test_the_installed_one():
    versions.check_installed()
    versions.check_trainer(GRPOTrainer)


def test_another_method():
    class Changed(GRPOTrainer):
        def _calculate_rewards(self, inputs, completions):
            pass

    with pytest.raises(
        ImportError, match=r"_calculate_rewards should take .* found \('inputs', 'c"
    ):
        versions.check_trainer(Changed)
