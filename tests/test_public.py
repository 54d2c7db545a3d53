"""What users import: names, errors, modules that come when asked for."""

import copy
import pickle
import subprocess
import sys

import pytest

import lead_rs
from lead_rs.report import load_log
from lead_rs.verl import reward

PUBLIC = [name for name in lead_rs.__all__ if name not in ("__version__", "cuda")]


@pytest.mark.parametrize("name", PUBLIC)
def test_public_things_are_known_by_their_public_name(name):
    thing = getattr(lead_rs, name)
    assert (thing.__module__, thing.__name__) == ("lead_rs", name)
    assert pickle.loads(pickle.dumps(thing)) is thing


def test_results_and_errors_are_copied_and_sent():
    out = lead_rs.compute_advantage([1, 0], [900, 1800], ["a", "a"])
    assert pickle.loads(pickle.dumps(out)).weights == out.weights
    assert copy.copy(lead_rs.explain("1", "1")) == lead_rs.explain("1", "1")
    error = pickle.loads(pickle.dumps(lead_rs.CommandError("why")))
    assert (type(error), str(error)) == (lead_rs.CommandError, "why")


def refusals():
    """What every part raises for a value that it cannot use."""
    compute, config = lead_rs.compute_advantage, lead_rs.LeadConfig
    yield "core", lambda: config(beta=2)
    yield "settings", lambda: config.from_dict({"betta": 1})
    yield "rewards", lambda: config(rewards=[{"nam": "a"}])
    yield "state", lambda: lead_rs.WeightController().load_state_dict({})
    yield "step", lambda: lead_rs.WeightController().enter_step(-1)
    yield "sizes", lambda: compute([1, 0], [900], ["a", "a"])
    yield "shapes", lambda: compute([[1, 0]], [900], ["a", "a"])
    yield "index", lambda: compute([1, float("nan")], [1, 2], ["a", "a"])
    yield "grader", lambda: lead_rs.grade("1", "1", tolerance=-1)
    yield "score", lambda: lead_rs.score("1", "1", response_length=0.5)
    yield "batch", lambda: lead_rs.score_batch(["1"], ["1", "2"])
    yield "threads", lambda: lead_rs.set_num_threads(-1)
    yield "verify", lambda: lead_rs.math_verify.parse("1", extraction_mode="some")
    yield "reward", lambda: reward.compute_score("", "1", "1", {}, length_unit="foot")
    yield "report", lambda: lead_rs.report.load_log("/no/such/run")
    yield "replay", lambda: lead_rs.replay.load_rollouts("/no/such/run")


@pytest.mark.parametrize("call", [pytest.param(call, id=name) for name, call in refusals()])
def test_what_cannot_be_used_is_a_lead_error(call):
    with pytest.raises(lead_rs.LeadError) as caught:
        call()
    assert isinstance(caught.value, ValueError)


def test_a_verl_that_lacks_something_is_a_lead_error_too():
    assert issubclass(lead_rs.IncompatibleVerlError, lead_rs.LeadError)
    assert issubclass(lead_rs.IncompatibleVerlError, RuntimeError)


def test_an_unknown_keyword_lists_the_settings():
    with pytest.raises(TypeError) as caught:
        lead_rs.LeadConfig(betta=0.9)
    settings = ", ".join(lead_rs.LeadConfig().to_dict())
    assert str(caught.value) == f"unexpected keyword argument 'betta'; the settings are {settings}"
    with pytest.raises(TypeError, match="'lenght_reward'; the settings are .*length_reward"):
        lead_rs.score("", "", lenght_reward=1)


def test_modules_come_when_they_are_asked_for():
    code = """
import sys, lead_rs
names = ("evaluation", "math_verify", "replay", "report", "trl", "verl")
assert not [name for name in names if f"lead_rs.{name}" in sys.modules]
assert set(names) <= set(dir(lead_rs))
assert lead_rs.math_verify.verify and "lead_rs.report" not in sys.modules
assert lead_rs.report.load_log and lead_rs.replay.load_rollouts
from lead_rs import *
assert "lead_rs.verl" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)
    with pytest.raises(AttributeError, match="module 'lead_rs' has no attribute 'reports'"):
        lead_rs.reports  # noqa: B018


def test_a_path_may_be_text(tmp_path):
    (tmp_path / "run.jsonl").write_text('{"step": 1, "data": {"lead/w_corr": 0.6}}\n')
    (tmp_path / "1.jsonl").write_text(
        '{"step": 1, "uid": "u_0_0", "score": 1.0, "response_length": 1200}\n'
    )
    assert load_log(str(tmp_path / "run.jsonl")).steps == {1: {"lead/w_corr": 0.6}}
    assert load_log(str(tmp_path)).files == [tmp_path / "run.jsonl"]
    [step] = lead_rs.replay.load_rollouts(str(tmp_path / "1.jsonl"))
    assert step.index == ["u"]
