"""The legacy trainer's tests again, on the real `RayPPOTrainer` of verl 0.7 and 0.8."""

from pathlib import Path

import pytest
from verl_versions import wheel_folders

HERE = Path(__file__).parent


@pytest.mark.parametrize("wheel", wheel_folders()[1:])
def test_the_legacy_trainer_of_an_older_verl(python, unpacked, wheel):
    files = [str(HERE / name) for name in ("test_legacy.py", "test_checkpoint.py")]
    done = python(
        "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "not v1", "-c",
        str(HERE.parents[1] / "pyproject.toml"), *files,
        path=unpacked(wheel), VERL_USE_EXTERNAL_MODULES="lead_rs.verl",
    )  # fmt: skip
    assert " passed" in done.stdout.splitlines()[-1]
    assert "skipped" not in done.stdout.splitlines()[-1]
