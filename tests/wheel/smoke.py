"""Uses an installed lead_rs the way its README does; prints what it ran on."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import pickle
import subprocess
import sys
import sysconfig
import threading
from pathlib import Path

import lead_rs

assert lead_rs.__version__ == importlib.metadata.version("lead-rs")
assert lead_rs.grade(r"x = \frac{\sqrt{2}}{2}", r"1/\sqrt2")
assert not lead_rs.grade("2/4", "1/2")
assert lead_rs.extract_answer(r"so \boxed{\frac{1}{2}}.") == r"\frac{1}{2}"
assert lead_rs.explain("50%", "0.5").verdict
assert "numpy" not in sys.modules, "grading imports numpy"
assert lead_rs.score(r"\boxed{42}", 42)["acc"] == 1.0

import numpy as np  # noqa: E402

STEP = {
    "correctness": [1, 1, 0, 1, 0, 0],
    "response_length": [900, 2600, 4000, 1500, 700, 3900],
    "index": ["p1", "p1", "p1", "p2", "p2", "p2"],
}


def step() -> lead_rs.LeadOutput:
    """The README's step."""
    return lead_rs.compute_advantage(**STEP, config=lead_rs.LeadConfig(lstar_mode="max_sym"))


out = step()
assert isinstance(out.advantages, np.ndarray)
assert out.advantages.dtype == np.float32
assert out.target_length.tolist() == [1750.0] * 3 + [1500.0] * 3

scores = lead_rs.score_batch([r"\boxed{4}", "4"] * 500, ["4", "4"] * 500, num_threads=2)
assert scores["acc"].tolist() == [1.0, 0.0] * 500

controller = lead_rs.WeightController()
rewards = np.zeros((4, 6), np.float32)
rewards[[0, 3], [1, 3]] = 1.0
mask = np.arange(6) < np.array([[2], [6], [5], [4]])
tokens, _ = lead_rs.compute_lead_outcome_advantage(
    rewards, mask, ["a", "a", "b", "b"], controller=controller
)
assert tokens[mask].any()
assert not tokens[~mask].any()
assert pickle.loads(pickle.dumps(controller)).weights == controller.weights

try:
    lead_rs.compute_advantage([1.0], [10, 20], ["a", "a"])
except ValueError as error:
    refused = str(error)
assert "response_length" in refused

# The same bits from many threads, whether a GIL is there or not.
found = []
threads = [
    threading.Thread(target=lambda: found.append(step().advantages.tobytes())) for _ in range(8)
]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert found == [out.advantages.tobytes()] * 8

why = lead_rs.cuda.why_not()
assert why is None or why.startswith("CUDA is not available: ")

if sysconfig.get_config_var("Py_GIL_DISABLED"):
    assert not sys._is_gil_enabled(), "importing lead_rs turns the GIL on"

command = [sys.executable, "-m", "lead_rs", "grade", "0.5", "1/2"]
assert subprocess.run(command, check=True, capture_output=True, text=True).stdout


def lead_rs_program(*arguments: str) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).parent / "lead-rs"
    return subprocess.run([program, *arguments], capture_output=True, text=True)


# Every command is there, and says how what it lacks is installed.
for name in ("check", "data", "train", "demo", "eval", "report", "replay", "lint", "grade"):
    assert lead_rs_program(name, "--help").returncode == 0, name
for needed, install, *arguments in (
    ("pyarrow", "'lead-rs[data]'", "data", "sample"),
    ("verl", "'verl[vllm]==", "train", "math_lead_deepseek-r1-1.5b"),
    ("verl", f"-r {Path(lead_rs.__file__).parent / 'demo' / 'requirements.txt'}", "demo"),
    ("transformers", "'lead-rs[eval]'", "eval", "model"),
    ("matplotlib", "'lead-rs[report]'", "report", "run"),
    ("matplotlib", "'lead-rs[report]'", "replay", "rollouts"),
):
    if importlib.util.find_spec(needed) is None:
        refused = lead_rs_program(*arguments)
        assert refused.returncode == 2, arguments
        [line] = refused.stderr.splitlines()
        assert f"pip install {install}" in line, line

torch_version = None
if importlib.util.find_spec("torch") is not None:
    import torch

    torch_version = torch.__version__
    tensors, _ = lead_rs.compute_lead_outcome_advantage(
        torch.from_numpy(rewards), torch.from_numpy(mask), ["a", "a", "b", "b"]
    )
    assert isinstance(tensors, torch.Tensor)
    assert np.array_equal(tensors.numpy(), tokens)

print(f"numpy {np.__version__}, wrapt {importlib.metadata.version('wrapt')}, torch {torch_version}")
