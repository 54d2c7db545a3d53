"""The trainers' tests again, on the real trainers of the older verls."""

from pathlib import Path

import pytest
from verl_versions import loads_plugins, wheel_folders

HERE = Path(__file__).parent

FILES = {
    # Of the experimental trainers, the wheel of 0.7.1 has only their base.
    "0.7.1": [
        "test_legacy.py", "test_checkpoint.py", "test_separation.py", "test_run.py",
        "test_start.py",
    ],
    "0.8.0": [
        "test_legacy.py", "test_checkpoint.py", "test_separation.py", "test_fully_async.py",
        "test_v1.py", "test_run.py", "test_start.py",
    ],
    # Its other trainers are 0.9.1's.
    "0.9.0": ["test_checkpoint.py", "test_v1.py", "test_separate_async.py"],
}  # fmt: skip
KINDS = {
    "0.7.1": {"legacy", "separation"},
    "0.8.0": {"legacy", "separation", "one_step_off", "fully_async", "main_ppo_sync"},
    "0.9.0": {
        "sync",
        "colocate_async",
        "separate_async",
        "legacy",
        "separation",
        "one_step_off",
        "fully_async",
    },
}


@pytest.mark.timeout(300)
@pytest.mark.parametrize("wheel", wheel_folders()[1:])
def test_the_trainers_of_an_older_verl(python, unpacked, wheel):
    version = wheel.name.split("-")[1]
    done = python(
        "-m", "pytest", "-v", "-p", "no:cacheprovider",
        "-W", "ignore::pytest.PytestAssertRewriteWarning", "-c",  # of what was imported before it
        str(HERE.parents[1] / "pyproject.toml"), *(str(HERE / name) for name in FILES[version]),
        path=unpacked(wheel), timeout=280,
        VERL_USE_EXTERNAL_MODULES="" if loads_plugins(wheel) else "lead_rs.verl",
    )  # fmt: skip
    assert " passed" in done.stdout.splitlines()[-1]
    skipped = [line for line in done.stdout.splitlines() if line.startswith("SKIPPED")]
    assert all("this verl has no" in line or "empty parameter" in line for line in skipped)
    resumed = "test_checkpoint.py::test_a_resumed_run_goes_on_exactly["
    ran = [line.partition(resumed)[2].split("]")[0] for line in done.stdout.splitlines()]
    assert {kind for kind in ran if kind} == KINDS[version]
