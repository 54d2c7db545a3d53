"""What can be tested without a GPU: the instructions of the kernels that are shipped and the launch
path, on a mock driver; and what users are told where there is no CUDA."""

from __future__ import annotations

import os
import re
import secrets
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from mock_driver import PTX
from ptx import without_barrier

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


def run(code, driver):
    """Standard output of a Python process in the environment of a driver."""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ, **driver}
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def compare(driver, *chosen):
    """on_mock_driver.py, in a process that finds the mock in place of NVIDIA's driver."""
    pytest.importorskip("torch")
    seed = os.environ.get("MOCK_CUDA_SEED", str(secrets.randbits(31)))
    print(f"MOCK_CUDA_SEED={seed}")
    own = {"MOCK_CUDA_SEED": seed, "PYTHONPATH": str(HERE.parent)}
    # What a sanitizer says before it ends the process is not captured.
    command = [sys.executable, "-m", "pytest", "-q", "--capture=sys", HERE / "on_mock_driver.py"]
    return subprocess.run(
        [*command, *chosen], capture_output=True, text=True, env={**os.environ, **driver, **own}
    )


@pytest.mark.timeout(600)
def test_arithmetic_and_launches(driver):
    done = compare(driver)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-6000:]
    assert " passed" in done.stdout


KERNELS = PTX.read_text().split(".visible .entry ")[1:]
BARRIERS = max(kernel.count("bar.sync") for kernel in KERNELS)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("number", range(BARRIERS))
def test_no_barrier_can_be_missing(build, number):
    """The comparison sees it, of each kernel that has so many: those that sum up rows."""
    of = [kernel.split("(")[0] for kernel in KERNELS if kernel.count("bar.sync") > number]
    assert len(of) == 8
    assert all(name.startswith("row_totals_") for name in of)
    done = compare(build(without_barrier(PTX.read_text(), number)), "-k", "kind and 301", "--tb=no")
    failed = re.findall(r"^FAILED .*-torch.(\w+)-torch.(\w+)\]", done.stdout, re.MULTILINE)
    masks = {"int64", "int32", "uint8", "bool", "float32"}
    assert set(failed) == {(m, r) for m in masks for r in ("float32", "bfloat16")}, done.stdout


def test_an_unknown_instruction_is_named(build):
    with pytest.raises(RuntimeError, match="sqrt_rn_f64.*not declared"):
        build(PTX.read_text().replace("abs.f64", "sqrt.rn.f64"))
    with pytest.raises(ValueError, match="not an instruction: .local"):
        build(PTX.read_text().replace(".reg .pred", ".local .pred"))


def test_a_device_is_reported(driver):
    assert run(SAY, driver) == "True None"


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
def test_why_a_driver_cannot_be_used(driver, environment, reason):
    text = f"CUDA is not available: {reason}"
    assert run(SAY, {**driver, **environment}) == f"False {text}"
    assert run(STEP.replace("DEVICE", "0"), {**driver, **environment}) == text


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
def test_failures_of_the_driver(driver, function, error, message):
    environment = {"MOCK_CUDA_FAILS": function, "MOCK_CUDA_ERROR": str(error)}
    told = run(STEP.replace("DEVICE", "0"), {**driver, **environment})
    assert re.fullmatch(f"CUDA: {message}", told)


def test_a_device_that_is_not_there(driver):
    told = run(STEP.replace("DEVICE", "7"), driver)
    assert told == "CUDA: there is no device 7, only 1"


def test_a_driver_too_old_is_an_error_not_a_panic(tmp_path):
    """A library that has none of the functions."""
    source = tmp_path / "empty.c"
    source.write_text("int nothing;")
    library = tmp_path / "libcuda.so"
    built = subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source])
    if built.returncode:
        pytest.skip("no C compiler")
    assert "the driver lacks cuInit: it is too old" in run(SAY, {"LD_LIBRARY_PATH": str(tmp_path)})


def test_no_driver():
    if lead_rs.cuda.is_available():
        pytest.skip("there is a driver")
    assert lead_rs.cuda.why_not().startswith("CUDA is not available: ")


def test_cuda_arrays_without_cuda(batch):
    """An array that says it is on a GPU, where there is none, is an error of one line."""

    class WithDlpack:
        def __dlpack_device__(self):
            return 2, 0

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
    mask = np.ones((5, 2), np.int64)
    tokens = {"token_level_rewards": mask * 0.5, "response_mask": mask, "index": batch["index"]}
    for array in (OnGpu(), WithDlpack()):
        for name in ("correctness", "response_length"):
            with pytest.raises(RuntimeError, match="CUDA is not available"):
                lead_rs.compute_advantage(**{**batch, name: array})
        for name in ("token_level_rewards", "response_mask", "correctness"):
            with pytest.raises(RuntimeError, match="CUDA is not available"):
                lead_rs.compute_lead_outcome_advantage(**{**tokens, name: array})


def test_the_gpu_script_says_why_it_cannot_run():
    if lead_rs.cuda.is_available():
        pytest.skip("there is a driver")
    pytest.importorskip("torch")
    script = HERE.parents[1] / "benches" / "gpu.py"
    done = subprocess.run([sys.executable, script], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.strip().splitlines()[-1] == lead_rs.cuda.why_not()
