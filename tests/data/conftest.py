"""Puts the data scripts' folder on the path, as `python data/prepare.py` has it."""

import importlib.util
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "data"))

NEEDED = ("pyarrow", "tqdm")
MISSING = [name for name in NEEDED if importlib.util.find_spec(name) is None]
collect_ignore_glob = ["test_*.py"] if MISSING else []


def pytest_report_header():
    return f"tests/data: not collected, {', '.join(MISSING)} not installed" if MISSING else None


@pytest.fixture
def write_jsonl(tmp_path):
    """A function that writes rows to a file of JSON lines and gives its path."""
    import json

    def write(name, rows):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        return path

    return write
