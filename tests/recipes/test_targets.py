"""The page about target lengths has the numbers of its script."""

from __future__ import annotations

from pathlib import Path

import pytest

import scripts

HERE = Path(__file__).parents[2] / "examples" / "targets"


@pytest.fixture(scope="module")
def skew():
    return scripts.load("examples/targets/skew.py")


def test_the_table_is_the_script_s(skew):
    means, spread = skew.measure()
    page = (HERE / "README.md").read_text(encoding="utf-8")
    assert skew.table(means) in page
    assert round(spread, 2) <= 0.05
    # What the page says of it.
    assert all(means["quantile_correct, 0.25"][shape] < -0.05 for shape in skew.SKEWS)
    assert means["mean_correct (the paper)"]["left-skewed"] > 0.1


def test_the_picture_is_drawn(skew, tmp_path):
    pytest.importorskip("matplotlib")
    means = {name: dict.fromkeys(skew.SKEWS, 0.1) for name in skew.TARGETS}
    skew.draw(means, tmp_path / "skew.png")
    assert (tmp_path / "skew.png").read_bytes().startswith(b"\x89PNG")
