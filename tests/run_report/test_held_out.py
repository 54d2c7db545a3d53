"""How sure a validation's accuracy is, from its dumps."""

import json
import math

import pytest

from lead_rs.runs.held_out import Accuracy, accuracy_metrics, load_held_out
from lead_rs.runs.logs import Log

SET = "val-core/math/acc/mean@2"


def log(accuracies, **others):
    steps = {step: {SET: value, "lead/w_corr": 0.5} | others for step, value in accuracies.items()}
    return Log([], steps, [])


def dump(path, **correct):
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [
        {"input": prompt, "acc": acc, "step": int(path.stem)}
        for prompt, each in correct.items()
        for acc in each
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def test_the_error_is_that_of_the_mean_over_problems():
    assert Accuracy({"a": 0.0, "b": 1.0}).error == pytest.approx(0.5)
    assert Accuracy({"a": 0.0, "b": 1.0, "c": 0.5}).error == pytest.approx(0.5 / math.sqrt(3))
    assert math.isnan(Accuracy({"a": 1.0}).error)


def test_a_change_is_paired_by_problem():
    before = Accuracy({"a": 0.0, "b": 1.0, "c": 0.5})
    after = Accuracy({"c": 1.0, "b": 1.0, "a": 0.25})
    assert after.change_since(before) == pytest.approx((0.25, 0.25 / math.sqrt(3)))
    assert before.change_since(after)[0] == pytest.approx(-0.25)
    for problems in (
        {"a": 0.0, "b": 1.0},
        {"a": 0.0, "b": 1.0, "d": 0.5},
        {**before.problems, "d": 0},
    ):
        assert Accuracy(problems).change_since(before) is None


def test_which_metrics_are_validations_accuracies():
    names = [
        SET,
        "val-core/a/b/acc/mean@16",
        "val-core/math/acc/best@2/mean",
        "lead/accuracy_batch",
    ]
    names += ["val-aux/math/acc/mean@2", f"x/{SET}", f"{SET}/std"]
    assert accuracy_metrics(Log([], {1: dict.fromkeys(names, 0.5)}, [])) == sorted(names[:2])


def test_the_dumps_are_known_by_the_accuracy_that_was_logged(tmp_path):
    dump(tmp_path / "a/5.jsonl", p=[0, 0], q=[1, 0])
    dump(tmp_path / "b/5.jsonl", p=[1, 1], q=[1, 0])
    dump(tmp_path / "b/10.jsonl", p=[1, 0], q=[1, 0])
    dump(tmp_path / "b/7.jsonl", p=[1, 0], q=[1, 0])
    dump(tmp_path / "c/10.jsonl", p=[0, 0], q=[0, 0])
    (tmp_path / "b/metrics.jsonl").write_text("{}\n")
    found = load_held_out(tmp_path, log({5: 0.75, 10: 0.5}))
    assert found == {5: Accuracy({"p": 1, "q": 0.5}), 10: Accuracy({"p": 0.5, "q": 0.5})}
    assert list(found) == [5, 10]


@pytest.mark.parametrize("accuracy", [0.7499, 0.7501])
def test_a_folder_of_which_one_dump_is_another_s_is_none(tmp_path, accuracy):
    dump(tmp_path / "b/5.jsonl", p=[1, 1], q=[1, 0])
    dump(tmp_path / "b/10.jsonl", p=[1, 1], q=[1, 0])
    assert load_held_out(tmp_path, log({5: 0.75, 10: accuracy})) == {}
    assert load_held_out(tmp_path, log({5: 0.75, 10: 0.75 + 1e-8})).keys() == {5, 10}


def test_a_dump_that_was_cut_off_is_passed_over_alone(tmp_path):
    dump(tmp_path / "b/5.jsonl", p=[1, 1], q=[1, 0])
    (tmp_path / "b/10.jsonl").write_text('{"input": "p", "ac')
    assert load_held_out(tmp_path, log({5: 0.75, 10: 0.5})).keys() == {5}


def test_nothing_is_looked_for_where_it_cannot_be_told(tmp_path):
    dump(tmp_path / "b/5.jsonl", p=[1, 1], q=[1, 0])
    accuracies = {5: 0.75}
    assert load_held_out(tmp_path / "b/5.jsonl", log(accuracies)) == {}
    assert load_held_out(tmp_path, log(accuracies, **{"val-core/x/acc/mean@2": 0.75})) == {}
    assert load_held_out(tmp_path, Log([], {5: {"lead/w_corr": 0.5}}, [])) == {}
    assert load_held_out(tmp_path, log({6: 0.75})) == {}
