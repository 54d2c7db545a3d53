"""The notebooks, executed as a reader would: top to bottom, in a fresh kernel."""

import importlib.util
import itertools
import json
import shutil

import pytest

import scripts

FOLDER = scripts.ROOT / "examples/notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
NEEDED = ("nbclient", "nbformat", "ipykernel", "matplotlib", "pyarrow")
MISSING = [name for name in NEEDED if importlib.util.find_spec(name) is None]


def shapes(cells):
    """Of each cell of code, the kinds of its outputs: a stream's name, or its types."""
    outputs = [cell["outputs"] for cell in cells if cell["cell_type"] == "code"]
    kinds = [[each.get("name") or sorted(each["data"]) for each in cell] for cell in outputs]
    # A stream comes in as many pieces as the kernel happens to send.
    return [[kind for kind, _ in itertools.groupby(cell)] for cell in kinds]


def test_there_are_four():
    assert [notebook.name[0] for notebook in NOTEBOOKS] == list("1234")


@pytest.mark.notebook
@pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}")
@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda notebook: notebook.stem)
@pytest.mark.filterwarnings("default")  # Jupyter's own
def test_notebooks_show_what_is_kept(notebook, tmp_path, monkeypatch):
    monkeypatch.delenv("ROLLOUTS", raising=False)
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    shutil.copytree(FOLDER, tmp_path / "notebooks")
    shown = scripts.load("examples/notebooks/execute.py").execute(notebook, tmp_path / "notebooks")
    kept = json.loads(notebook.read_text(encoding="utf-8"))
    assert shapes(shown.cells) == shapes(kept["cells"])
    outputs = [output for cell in shapes(shown.cells) for output in cell]
    assert "stderr" not in outputs
    assert any("image/png" in output for output in outputs) or notebook.stem == "3_grading"
