"""What can be tested without a GPU: the kernels' arithmetic and the launch path, on a mock driver;
and what users are told where there is no CUDA."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import lead_rs

HERE = Path(__file__).parent
SAY = "import lead_rs; print(lead_rs.cuda.is_available(), lead_rs.cuda.why_not())"
STEP = """
import numpy as np
import lead_rs
from lead_rs import _lead_rs
rewards, mask, out = np.ones((2, 3), np.float32), np.ones((2, 3), np.int64), np.zeros((2, 3))
scratch = np.zeros(_lead_rs.cuda_scratch_bytes(2) + 16, np.uint8)
controller = lead_rs.WeightController()
try:
    _lead_rs.cuda_outcome_advantage(
        controller, (DEVICE, 0x57), (rewards.ctypes.data, 3, "float32"),
        (mask.ctypes.data, 3, "int64"), (2, 3), ["a", "a"], None,
        -(-scratch.ctypes.data // 16) * 16, out.ctypes.data,
    )
except RuntimeError as error:
    print(error)
assert controller.step == 0 and controller.metrics is None
"""


def run(code, *, driver=None, **environment):
    """Standard output of a Python process; with no driver, an empty folder is searched first."""
    folders = [str(driver)] if driver else []
    environment = {**os.environ, "LD_LIBRARY_PATH": ":".join(folders), **environment}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.timeout(600)
def test_arithmetic_and_launches(mock_driver):
    """on_mock_driver.py, in a process that finds the mock in place of NVIDIA's driver."""
    pytest.importorskip("torch")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", HERE / "on_mock_driver.py"],
        capture_output=True,
        text=True,
        env={**os.environ, "LD_LIBRARY_PATH": str(mock_driver), "PYTHONPATH": str(HERE.parent)},
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert " passed" in done.stdout


def test_a_device_is_reported(mock_driver):
    assert run(SAY, driver=mock_driver) == "True None"


@pytest.mark.parametrize(
    ("environment", "reason"),
    [
        ({"MOCK_CUDA_DEVICES": "0"}, "the driver has no device"),
        ({"MOCK_CUDA_FAILS": "cuInit", "MOCK_CUDA_ERROR": "100"}, "CUDA_ERROR_NO_DEVICE"),
        (
            {"MOCK_CUDA_FAILS": "cuInit", "MOCK_CUDA_ERROR": "803"},
            "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH",
        ),
    ],
    ids=["none", "no device", "mismatch"],
)
def test_why_a_driver_cannot_be_used(mock_driver, environment, reason):
    text = f"CUDA is not available: {reason}"
    assert run(SAY, driver=mock_driver, **environment) == f"False {text}"
    assert run(STEP.replace("DEVICE", "0"), driver=mock_driver, **environment) == text


@pytest.mark.parametrize(
    ("function", "error", "message"),
    [
        ("cuModuleLoadData", 222, "loading the kernels.*CUDA_ERROR_UNSUPPORTED_PTX_VERSION"),
        (
            "cuLaunchKernel",
            700,
            "row_totals_float_i64 failed with CUDA_ERROR_ILLEGAL_ADDRESS",
        ),
        ("cuMemcpyHtoDAsync_v2", 1, "copying to the device failed with CUDA_ERROR_INVALID_VALUE"),
        ("cuStreamSynchronize", 719, "the step failed with CUDA_ERROR_LAUNCH_FAILED"),
    ],
)
def test_failures_of_the_driver(mock_driver, function, error, message):
    environment = {"MOCK_CUDA_FAILS": function, "MOCK_CUDA_ERROR": str(error)}
    told = run(STEP.replace("DEVICE", "0"), driver=mock_driver, **environment)
    assert re.fullmatch(f"CUDA: {message}", told)


def test_a_device_that_is_not_there(mock_driver):
    told = run(STEP.replace("DEVICE", "7"), driver=mock_driver)
    assert told == "CUDA: there is no device 7, only 1"


def test_a_driver_too_old_is_an_error_not_a_panic(tmp_path):
    """A library that has none of the functions."""
    source = tmp_path / "empty.c"
    source.write_text("int nothing;")
    library = tmp_path / "libcuda.so"
    built = subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source])
    if built.returncode:
        pytest.skip("no C compiler")
    assert "the driver lacks cuInit: it is too old" in run(SAY, driver=tmp_path)


def test_no_driver():
    if lead_rs.cuda.is_available():
        pytest.skip("there is a driver")
    assert lead_rs.cuda.why_not().startswith("CUDA is not available: ")


def test_cuda_arrays_without_cuda(batch):
    """An array that says it is on a GPU, where there is none, is an error of one line."""

    class OnGpu:
        __cuda_array_interface__ = {  # noqa: RUF012
            "data": (4096, False),
            "shape": (5,),
            "strides": None,
            "typestr": "<f4",
            "version": 3,
        }

    if lead_rs.cuda.is_available():
        pytest.skip("there is a driver")
    pytest.importorskip("torch")
    with pytest.raises(RuntimeError, match="CUDA is not available"):
        lead_rs.compute_advantage(**{**batch, "correctness": OnGpu()})


def test_the_gpu_script_says_why_it_cannot_run():
    if lead_rs.cuda.is_available():
        pytest.skip("there is a driver")
    pytest.importorskip("torch")
    script = HERE.parents[1] / "benches" / "gpu.py"
    done = subprocess.run([sys.executable, script], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.strip().splitlines()[-1] == lead_rs.cuda.why_not()


def test_the_ptx_declares_every_kernel():
    ptx = (HERE.parents[1] / "src" / "cuda" / "kernels.ptx").read_text()
    assert ".version 8.0" in ptx
    assert ".target sm_80" in ptx
    assert ptx.count(".visible .entry") == 12
