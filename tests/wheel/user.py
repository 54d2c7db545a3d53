"""A user's program, for mypy --strict against the installed package: never run."""

import numpy as np
import numpy.typing as npt
from typing_extensions import assert_type

import lead_rs
from lead_rs.trl import accuracy_reward

config = lead_rs.LeadConfig(lstar_mode="max_sym", beta=0.9)
controller = lead_rs.WeightController(config)
out = lead_rs.compute_advantage([1, 0], [100, 200], ["a", "a"], controller=controller)

assert_type(out, lead_rs.LeadOutput)
assert_type(out.metrics, dict[str, float])
assert_type(controller.weights, tuple[float, ...])
assert_type(lead_rs.extract_answer(r"\boxed{1}"), str | None)
assert_type(lead_rs.grade("1", "1").correct, bool)
assert_type(lead_rs.explain("1", "1").verdict, lead_rs.Verdict)
assert_type(lead_rs.score(r"\boxed{1}", [1, "2"]), dict[str, float])
assert_type(lead_rs.score_batch(["1"], [1]), dict[str, npt.NDArray[np.float64]])
assert_type(lead_rs.cuda.why_not(), str | None)
assert_type(lead_rs.get_num_threads(), int)
assert callable(accuracy_reward)

# What is wrong is found: --strict warns of an ignore that ignores nothing.
lead_rs.LeadConfig(lstar_mode="no such mode")  # type: ignore[arg-type]
lead_rs.grade("1", 1)  # type: ignore[arg-type]
lead_rs.no_such_function()  # type: ignore[attr-defined]
controller.weights = (0.5, 0.5)  # type: ignore[misc]
