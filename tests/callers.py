"""The wheels of packages that are run without what they need, where they have been fetched."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

VENV = Path(sys.prefix)


def wheels(folder, package):
    """A parameter for each wheel of a package in a folder of `.venv`, or one that is skipped."""
    found = sorted((VENV / folder).glob(f"{package}-*.whl"))
    if not found:
        why = pytest.mark.skip(reason=f"no wheel of {package}: make .venv/{folder}")
        return [pytest.param(None, id=package, marks=why)]
    return [pytest.param(file, id=file.name.split("-py")[0]) for file in found]
