"""The mock driver, built once; a GPU, or a skip where there is none."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def mock_driver(tmp_path_factory):
    """A folder with a libcuda.so that runs the kernels on the host."""
    compiler = shutil.which("g++") or shutil.which("clang++")
    if compiler is None:
        pytest.skip("no C++ compiler to build the kernels for the host with")
    library = tmp_path_factory.mktemp("driver") / "libcuda.so"
    flags = ["-std=c++17", "-O2", "-ffp-contract=off", "-w", "-shared", "-fPIC"]
    subprocess.run([compiler, *flags, "-o", library, HERE / "mock_driver.cpp"], check=True)
    return library.parent


@pytest.fixture
def gpu(torch):
    """A torch device with a GPU that LEAD can use."""
    import lead_rs

    if (reason := lead_rs.cuda.why_not()) is not None:
        pytest.skip(reason)
    if not torch.cuda.is_available():
        pytest.skip("torch sees no GPU")
    return torch.device("cuda", torch.cuda.current_device())
