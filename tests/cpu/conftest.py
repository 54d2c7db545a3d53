"""Puts the example's folder on the path, as its own programs have it."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "examples" / "cpu"))
