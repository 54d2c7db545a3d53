"""The mock driver, built once; a GPU, or a skip where there is none."""

from __future__ import annotations

import mock_driver
import pytest


@pytest.fixture(scope="session")
def build(tmp_path_factory):
    """Builds a mock driver that runs a PTX on the host; the environment that finds it."""
    if mock_driver.compiler() is None:
        pytest.skip("no C++ compiler to build the kernels for the host with")
    return lambda ptx: mock_driver.build(tmp_path_factory.mktemp("driver"), ptx)


@pytest.fixture(scope="session")
def driver(build):
    """The environment that finds a driver with the kernels as they are shipped."""
    return build(mock_driver.PTX.read_text())


@pytest.fixture
def gpu(torch):
    """A torch device with a GPU that LEAD can use."""
    import lead_rs

    if (reason := lead_rs.cuda.why_not()) is not None:
        pytest.skip(reason)
    if not torch.cuda.is_available():
        pytest.skip("torch sees no GPU")
    return torch.device("cuda", torch.cuda.current_device())
