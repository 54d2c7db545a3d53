"""The sentence that the report opens with."""

import pytest

from lead_rs.report.run import Run
from lead_rs.report.verdict import verdict
from lead_rs.runs.held_out import Accuracy
from lead_rs.runs.logs import Log

LENGTH, CORRECT = "response_length/mean", "lead/resp_len_mean_correct"
SET, OTHER_SET = "val-core/math/acc/mean@4", "val-core/aime/acc/mean@8"


def said(held_out=None, **curves):
    """The verdict on a run that logged these values, the first at step 1."""
    names = {"length": LENGTH, "correct": CORRECT, "leads": "lead/resp_len_mean"}
    names |= {"accuracy": "lead/accuracy_batch", "validated": SET, "other": OTHER_SET}
    steps = {}
    for name, values in curves.items():
        for step, value in enumerate(values, 1):
            steps.setdefault(step, {})[names[name]] = value
    return verdict(Run(Log([], steps, []), held_out or {}, None))


@pytest.mark.parametrize(
    ("curves", "sentence"),
    [
        ({}, ""),
        ({"length": [12.54, 1204.6]}, "Responses 12.5 to 1,205 tokens, +9506%."),
        ({"length": [0, 5]}, "Responses 0.0 to 5.0 tokens."),
        ({"leads": [200, 150]}, "Responses 200 to 150 tokens, -25%."),
        ({"leads": [200, 150], "length": [400, 100]}, "Responses 400 to 100 tokens, -75%."),
        ({"length": [9, 9], "correct": [400, 100]}, "Correct responses 400 to 100 tokens, -75%."),
        ({"accuracy": [0.5, 0.75]}, "Training accuracy 0.500 to 0.750."),
        ({"accuracy": [0.5], "validated": [0.25]}, "Held-out accuracy 0.250."),
        (
            {"validated": [0.25, 0.5], "other": [0.125]},
            "Held-out accuracy (aime, mean of 8) 0.125; "
            "held-out accuracy (math, mean of 4) 0.250 to 0.500.",
        ),
    ],
)
def test_it_says_what_was_logged(curves, sentence):
    assert said(**curves) == sentence


@pytest.mark.parametrize(
    ("steps", "ends"), [(19, "101 to 119"), (30, "102 to 129"), (200, "106 to 296")]
)
def test_lengths_are_means_over_a_tenth_of_the_run_and_at_most_ten_steps(steps, ends):
    assert said(length=range(101, 101 + steps)).startswith(f"Responses {ends} tokens")
    accuracies = [step / 1000 for step in range(101, 101 + steps)]
    first, last = (f"0.{each}" for each in ends.split(" to "))
    if steps == 30:
        assert said(accuracy=accuracies) == f"Training accuracy {first} to {last}."


BEFORE = Accuracy({"a": 0.0, "b": 0.5, "c": 0.0})


@pytest.mark.parametrize(
    ("after", "end"),
    [
        ({"a": 1.0, "b": 1.0, "c": 0.5}, "+0.667 ± 0.167, more than two standard errors."),
        ({"a": 1.0, "b": 1.0, "c": 0.25}, "+0.583 ± 0.220, more than two standard errors."),
        ({"a": -1.0, "b": -0.5, "c": -0.5}, "-0.833 ± 0.167, more than two standard errors."),
        ({"a": 1.0, "b": 0.0, "c": 0.0}, "+0.167 ± 0.441, within two standard errors."),
        ({"a": 0.0, "b": 0.5, "c": 0.0}, "+0.000 ± 0.000, within two standard errors."),
    ],
)
def test_a_change_is_set_against_its_error_whichever_way_it_went(after, end):
    held_out = {1: BEFORE, 2: BEFORE, 3: Accuracy(after)}
    assert said(held_out, validated=[0.2, 0.3, 0.4]).endswith(f" a change of {end}")


@pytest.mark.parametrize(
    ("held_out", "sentence"),
    [
        ({1: BEFORE}, "0.200 to 0.400."),
        ({3: BEFORE}, "0.200 to 0.400 ± 0.167."),
        ({2: BEFORE, 3: BEFORE}, "0.200 to 0.400 ± 0.167."),
        ({1: BEFORE, 3: Accuracy({"a": 0.0, "b": 0.5})}, "0.200 to 0.400 ± 0.250."),
        ({1: Accuracy({"a": 0.2}), 3: Accuracy({"a": 0.4})}, "0.200 to 0.400."),
    ],
    ids=["first alone", "last alone", "not the first", "other problems", "one problem"],
)
def test_no_more_is_said_than_the_dumps_tell(held_out, sentence):
    assert said(held_out, validated=[0.2, 0.3, 0.4]) == f"Held-out accuracy {sentence}"
