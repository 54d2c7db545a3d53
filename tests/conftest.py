"""What the tests share: the golden cases, random batches, and plain scores as a fixture."""

from __future__ import annotations

import importlib.util
import json
import os
from pathlib import Path

import pytest

from warm_python import WarmPython

GOLDEN = [
    json.loads(line)
    for line in (Path(__file__).parent / "golden" / "lead_steps.jsonl").read_text().splitlines()
]


def pytest_configure():
    # Several clusters start at a time, each on this machine alone: one's token is not another's.
    os.environ.setdefault("RAY_AUTH_MODE", "disabled")
    # Ray's own is 15: every other test, and the compiler, would go before its workers.
    os.environ.setdefault("RAY_worker_niceness", "0")


# Workers share out files, whose tests share fixtures. These take the longest: the last file to be
# begun should not be one of them.
LONGEST = (
    "test_cpu_run", "test_unsolved", "test_wheels", "test_eval", "test_checkpoint_faults",
    "test_sharded",
)  # fmt: skip


def pytest_collection_modifyitems(items):
    place = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.path.stem, len(place)))


def pytest_runtest_setup(item):
    if "LEAD_RS_LONG_TESTS" not in os.environ and item.get_closest_marker("long"):
        pytest.skip("minutes: make test-full runs it (LEAD_RS_LONG_TESTS=1)")


@pytest.fixture(params=GOLDEN, ids=[case["name"] for case in GOLDEN])
def golden(request):
    """One case: name, config, T and steps that share one state."""
    return request.param


@pytest.fixture(scope="session")
def warm_python():
    """Runs programs that import verl, in a second."""
    warm = WarmPython()
    yield warm
    warm.close()


@pytest.fixture
def torch():
    """The torch module, or a skip where it is not installed."""
    if importlib.util.find_spec("torch") is None:
        pytest.skip("torch is not installed")
    import torch

    return torch


@pytest.fixture
def batch():
    """Arguments of `compute_advantage`: five responses to two prompts."""
    return {
        "correctness": [1.0, 0.0, 1.0, 1.0, 0.0],
        "response_length": [1200, 3000, 2500, 900, 7000],
        "index": ["a", "a", "a", "b", "b"],
    }
