"""The reward function for TRL, called as its GRPOTrainer calls one."""

from __future__ import annotations

import importlib.util
import inspect
import subprocess
import sys

import pytest

from lead_rs.trl import accuracy_reward, get_accuracy_reward, versions

RIGHT, WRONG, NONE = r"So \boxed{42}.", r"So \boxed{41}.", "So 42."


def said(content, role="assistant"):
    return {"role": role, "content": content}


def rewards(completions, solution):
    """With all that the trainer passes beside these two."""
    n = len(completions)
    return accuracy_reward(
        prompts=["?"] * n,
        completions=completions,
        completion_ids=[[1, 2]] * n,
        solution=solution,
        level=["easy"] * n,
        trainer_state=object(),
        log_extra=lambda column, values: None,
        log_metric=lambda name, value: None,
    )


def test_texts_and_conversations():
    for wrap in (str, lambda text: [said(text)], lambda text: (said(text),)):
        got = rewards([wrap(text) for text in (RIGHT, WRONG, NONE, "")], ["42"] * 4)
        assert got == [1.0, 0.0, 0.0, 0.0]
        assert {type(reward) for reward in got} == {float}


def test_a_message_needs_no_role():
    assert rewards([[{"content": RIGHT}]], ["42"]) == [1.0]


def test_the_last_message_is_the_answer():
    call = {**said(RIGHT), "tool_calls": [{"type": "function"}]}
    for rest, reward in [
        ([said("42", "tool"), said(RIGHT)], 1.0),
        ([said(RIGHT, "tool"), said(WRONG)], 0.0),
        ([said(RIGHT, "tool")], 0.0),
        ([said("42", "tool"), said(None)], 0.0),
        ([said("42", "tool"), {"role": "assistant", "tool_calls": []}], 0.0),
    ]:
        assert rewards([[call, *rest]], ["42"]) == [reward]
    assert rewards([[]], ["42"]) == [0.0]


def test_solutions():
    completions = [RIGHT] * 6
    solutions = [r"... so \boxed{42}", 42, ["41", "42"], None, "41", ""]
    assert rewards(completions, solutions) == [1.0, 1.0, 1.0, None, 0.0, None]
    assert rewards([], []) == []
    assert rewards([NONE, WRONG], [None, None]) == [None, None]


def test_the_environment_is_not_read(monkeypatch):
    monkeypatch.setenv("DEEPSCALE_CORRECT_REWARD", "5")
    assert rewards([RIGHT], ["42"]) == [1.0]


@pytest.mark.parametrize(
    ("completion", "got"),
    [
        (None, "NoneType"),
        (b"42", "bytes"),
        (said(RIGHT), "dict"),
        ([RIGHT], "list"),
        ([said(42)], "int"),
        ([said([{"type": "text", "text": RIGHT}])], "list"),
    ],
)
def test_what_is_no_completion_is_refused_by_row(completion, got):
    with pytest.raises(TypeError, match=f"completions must hold texts.*got {got} in row 1"):
        rewards([RIGHT, completion], ["42", "42"])


def test_what_is_no_solution_is_refused_by_row():
    with pytest.raises(TypeError, match="a str, a number.*got bool in row 2"):
        rewards([RIGHT] * 3, [None, "42", True])


def test_sizes_that_differ():
    with pytest.raises(ValueError, match="got 1 for 2 responses"):
        rewards([RIGHT, RIGHT], ["42"])


def test_the_trainer_finds_what_it_asks_for():
    assert accuracy_reward.__name__ == "accuracy_reward"
    assert not inspect.iscoroutinefunction(accuracy_reward)


def test_other_settings():
    reward = get_accuracy_reward(extract="auto", after_think=True, tolerance="rounding")
    assert reward.__name__ == accuracy_reward.__name__
    completions = ["Answer: 1 </think> Answer: 1/3", "Answer: 1/3", "</think> Answer: 0.34"]
    assert reward(completions, solution=["0.33"] * 3, prompts=[""] * 3) == [1.0, 0.0, 0.0]
    assert accuracy_reward(completions, solution=["0.33"] * 3) == [0.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("settings", "error", "match"),
    [
        ({"extract": "box"}, ValueError, "^extract must be one of"),
        ({"length_reward": 1.0}, TypeError, "unknown settings .'length_reward'.; there are"),
    ],
)
def test_other_settings_are_checked_at_once(settings, error, match):
    with pytest.raises(error, match=match):
        get_accuracy_reward(**settings)


def test_a_row_whose_truth_no_answer_can_be_has_no_reward():
    truth = "5 (("
    completions = [r"\boxed{5}", "", rf"\boxed{{{truth}}}"]
    assert accuracy_reward(completions, solution=[truth] * 3) == [None, None, 1.0]


def test_trl_is_imported_only_for_the_trainer():
    program = "import sys, lead_rs.trl; assert 'trl' not in sys.modules, 'imported'"
    subprocess.run([sys.executable, "-c", program], check=True)


def test_a_missing_trl(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ImportError, match="not installed: pip install 'lead-rs\\[trl\\]'"):
        versions.check_installed()
