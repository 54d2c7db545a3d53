"""Rows in files."""

import json

import pytest


@pytest.fixture
def write_jsonl(tmp_path):
    """A function that writes rows to a file of JSON lines and gives its path."""

    def write(name, rows):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        return path

    return write
