r"""The code of others that calls Math-Verify, with lead_rs in its place: only the imports change.

The modules are taken out of the packages' wheels and run without what the packages need, such as
torch: `make .venv/callers` has the wheels of TRL and verifiers, `make .venv/verl-wheels` those of
verl. Where they are absent, the tests are skipped.
"""

from __future__ import annotations

import re
import sys
import threading
import types
import zipfile

import pytest

from callers import wheels
from lead_rs.math_verify import LatexExtractionConfig, math_metric

IMPORTS = re.compile(r"\bfrom math_verify(\.\w+)? import")


def run(wheel, file, **needed):
    """A module of a wheel that imports lead_rs.math_verify, with what else it needs of its own."""
    with zipfile.ZipFile(wheel) as archive:
        source = archive.read(file).decode()
    source, changed = IMPORTS.subn("from lead_rs.math_verify import", source)
    assert changed
    module = types.ModuleType(file.removesuffix(".py").replace("/", "."))
    module.__package__ = module.__name__.rpartition(".")[0]
    before = {name: sys.modules.get(name) for name in needed}
    for name, names in needed.items():
        sys.modules[name] = types.ModuleType(name)
        vars(sys.modules[name]).update(names)
    try:
        exec(compile(source, file, "exec"), vars(module))
    finally:
        for name, known in before.items():
            sys.modules.pop(name) if known is None else sys.modules.update({name: known})
    return module


@pytest.fixture(params=wheels("callers", "trl"))
def trl(request):
    return run(
        request.param,
        "trl/rewards/accuracy_rewards.py",
        **{
            "trl": {"__path__": []},
            "trl.rewards": {"__path__": []},
            "trl.import_utils": {"is_math_verify_available": lambda: True},
            "latex2sympy2_extended": {"NormalizationConfig": dict},
        },
    )


def said(*contents):
    return [[{"role": "assistant", "content": content}] for content in contents]


def test_trls_accuracy_reward(trl):
    right = r"\boxed{\frac{63}{400}}"
    completions = said(right, f"so {right}", r"\boxed{\frac{64}{400}}")
    truths = [r"\frac{63}{400}", "63/400", r"\frac{63}{400}"]
    assert trl.accuracy_reward(completions, truths) == [1.0, 1.0, 0.0]
    assert trl.accuracy_reward(said(r"\boxed{3}", "6"), ["6", "6"]) == [0.0, 0.0]
    columns = {}
    trl.accuracy_reward(said(r"\boxed{3}"), ["no number"], log_extra=columns.__setitem__)
    assert columns["gold_parsed"] == ["[unparseable]"]


def test_trls_accuracy_reward_in_another_thread(trl):
    rewards = []
    thread = threading.Thread(
        target=lambda: rewards.extend(trl.accuracy_reward(said(r"\boxed{\frac13}"), ["1/3"]))
    )
    thread.start()
    thread.join()
    assert rewards == [1.0]


def test_trls_reasoning_accuracy_reward(trl):
    completions = said(
        r"<think> hm </think> \boxed{\frac{63}{400}}",
        r"hm </think> \boxed{\frac{64}{400}}",
        r"<think> \boxed{63/400} </think> Something else.",
        r"<think> \boxed{63/400} </think> No: \boxed{43}.",
        r"<think> \boxed{63/400}",
    )
    truths = [r"\boxed{\frac{63}{400}}"] * len(completions)
    assert trl.reasoning_accuracy_reward(completions, truths) == [1.0, 0.0, 0.0, 0.0, 0.0]


def test_trls_cosine_scaled_reward(trl):
    reward = trl.get_cosine_scaled_reward(max_len=100)
    completions = said(r"\boxed{\frac13}", r"\boxed{\frac12}")
    rewards = reward(completions, [r"\frac13"] * 2, [[1] * 50] * 2)
    assert rewards == [pytest.approx(0.75), pytest.approx(-0.75)]


@pytest.fixture(params=wheels("callers", "verifiers"))
def verifiers(request):
    file = "verifiers/v1/utils/score.py"
    errors = {"SandboxError": type("SandboxError", (Exception,), {})}
    return run(
        request.param,
        file,
        **{
            "verifiers": {"__path__": []},
            "verifiers.v1": {"__path__": []},
            "verifiers.v1.errors": errors,
        },
    )


@pytest.mark.parametrize(
    ("response", "truth", "score"),
    [
        (r"<think> hm </think> \boxed{0.5}", r"\frac12", 1.0),
        (r"\boxed{0.5}", r"so \boxed{\frac12}", 1.0),
        (r"\boxed{0.6}", r"\frac12", 0.0),
        (r"<think> \boxed{0.5}", r"\frac12", 0.0),
        ("0.5", r"\frac12", 0.0),
        ("", r"\frac12", 0.0),
    ],
)
def test_verifiers_score(verifiers, response, truth, score):
    assert verifiers.verify_boxed_math_answer(response, truth) == score


@pytest.mark.parametrize("wheel", wheels("verl-wheels", "verl"))
def test_verls_math_verify(wheel):
    verl = run(wheel, "verl/utils/reward_score/math_verify.py")
    for response, score in (("It is 0.5", 1.0), ("It is 0.6", 0.0), ("", 0.0)):
        # Since 0.8 what its processes do is a function; they would import Math-Verify itself.
        if hasattr(verl, "_verify_in_subprocess"):
            assert verl._verify_in_subprocess(r"\boxed{\frac12}", response) == score
        else:
            assert verl.compute_score(response, r"\frac12") == score


def test_lightevals_metric():
    """As its tasks make it: LaTeX is looked for in both, and the best prediction counts."""
    metric = math_metric(
        gold_extraction_target=(LatexExtractionConfig(),),
        pred_extraction_target=(LatexExtractionConfig(),),
        precision=6,
    )
    assert metric([r"$\frac12$"], [r"$0.5$", "$3$"]) == (1.0, ([r"$\frac12$"], ["$0.5$", "$3$"]))
