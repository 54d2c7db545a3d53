"""Marks tests that need a data set that is no part of the repository."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "benches" / "graders"))

from real_data import VARIABLE, real_data


def needs(name):
    """Skips a test where there is no such file."""
    reason = f"no {name} in a folder that {VARIABLE} names"
    return pytest.mark.skipif(real_data(name) is None, reason=reason)
