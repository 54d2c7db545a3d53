"""Data sets that are no part of the repository, in a folder that LEAD_RS_DATA names."""

from __future__ import annotations

import os
import sys
from pathlib import Path

VARIABLE = "LEAD_RS_DATA"


def real_data(name: str) -> Path | None:
    """A file of that folder; None where there is no such folder or file."""
    folder = os.environ.get(VARIABLE)
    path = Path(folder or ".", name)
    return path if folder and path.exists() else None


def needed(name: str) -> Path:
    """A file of that folder; where there is none, the program ends and says so."""
    return real_data(name) or sys.exit(f"{name} is needed, in a folder that {VARIABLE} names")
