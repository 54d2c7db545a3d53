"""Executes the notebooks anew and keeps what they show. ``make notebooks``."""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbclient import NotebookClient

FOLDER = Path(__file__).parent


def execute(notebook: Path, folder: Path) -> nbformat.NotebookNode:
    """The notebook with its outputs, executed top to bottom in a fresh kernel in `folder`."""
    content = nbformat.read(notebook, as_version=4)
    resources = {"metadata": {"path": str(folder)}}
    NotebookClient(
        content, timeout=60, kernel_name="python3", resources=resources, record_timing=False
    ).execute()
    # The interpreter that happened to execute it is not the notebook's.
    content.metadata["language_info"] = {"name": "python"}
    return content


if __name__ == "__main__":
    for notebook in sorted(FOLDER.glob("*.ipynb")):
        nbformat.write(execute(notebook, FOLDER), notebook)
