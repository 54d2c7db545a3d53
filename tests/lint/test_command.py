"""`lead-rs lint`: its table, JSON, exit status and errors."""

from __future__ import annotations

import importlib.util
import json

import pytest

from lead_rs.cli import main
from lead_rs.lint import CHECKS

GOOD = [(1, 1000), (1, 1100), (0, 1200), (0, 1250)]


def write(folder, responses=GOOD, steps=(1, 2), **changed):
    """Dumps of two prompts a step, each with these (acc, length)."""
    folder.mkdir(exist_ok=True)
    for step in steps:
        rows = [
            {"step": step, "uid": f"{uid}_{session}_0", "input": uid, "acc": acc, "gts": "4"}
            | {"output": f"\\boxed{{{4 if acc else 5}}}", "response_length": length}
            | {"score": float(acc)}
            | changed
            for uid in "ab"
            for session, (acc, length) in enumerate(responses)
        ]
        (folder / f"{step}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(folder)


def checked(capsys):
    result = json.loads(capsys.readouterr().out)
    return result, {check["name"]: check for check in result["checks"]}


def test_nothing_wrong_is_0(tmp_path, capsys):
    assert main(["lint", write(tmp_path / "r")]) == 0
    out = capsys.readouterr().out
    assert "FAULT" not in out
    for check in CHECKS:
        assert f"| {check.name} " in out


def test_a_fault_is_1_with_its_meaning_and_its_setting(tmp_path, capsys):
    unsolved = [(0, 1000), (0, 2000), (0, 3000), (0, 4000)]
    command = ["lint", write(tmp_path / "r", unsolved), "--base", "lstar_mode=max_sym"]
    assert main(command) == 1
    out = " ".join(capsys.readouterr().out.split())
    assert "| wrong_by_length | 1.000 | 0.1 | FAULT |" in out
    assert (
        "the policy learns to be long, or to give up early. What changes it: unsolved=neutral."
        in out
    )
    assert "clamped: not looked at, it needs LEAD's target lengths, and a solved prompt." in out


def test_json(tmp_path, capsys):
    assert main(["lint", write(tmp_path / "r"), "--json", "--max-response-length", "1250"]) == 1
    result, by_name = checked(capsys)
    assert (result["steps"], result["responses"], result["estimator"]) == (2, 16, "lead")
    assert result["config"]["lstar_mode"] == "max_asym"
    assert list(by_name) == [check.name for check in CHECKS]
    for check in by_name.values():
        assert check.keys() == {
            *("name", "value", "threshold", "fault", "count", "of", "what", "meaning", "setting")
        }
    assert by_name["truncated_wrong"] | {"value": 0.5, "count": 8} == by_name["truncated_wrong"]
    assert by_name["unread"]["value"] == 0


def test_answers_that_cannot_be_read_are_apart_from_wrong_ones(tmp_path, capsys):
    wrong = [(0, 1000)] * 4
    for output, unread in (("it is 5", 1), ("\\boxed{5}", 0), ("\\boxed{x^2+}", 1)):
        main(["lint", write(tmp_path / "r", wrong, output=output), "--json"])
        assert checked(capsys)[1]["unread"]["value"] == unread
    folder = write(tmp_path / "r", wrong, output="The answer is 5")
    main(["lint", folder, "--json", "--extract", "auto"])
    assert checked(capsys)[1]["unread"]["value"] == 0


def test_what_was_judged_was_read(tmp_path, capsys):
    main(["lint", write(tmp_path / "r", [(1, 1000)] * 4, output="it is 4"), "--json"])
    assert checked(capsys)[1]["unread"]["value"] == 0
    # One of the truths it is, whatever the other may be.
    folder = write(tmp_path / "r", [(0, 1000)] * 4, output="\\boxed{5}", gts=["5", "\\int_0^1 f"])
    main(["lint", folder, "--json"])
    assert checked(capsys)[1]["unread"]["value"] == 0


def test_the_advantages_of_a_run_with_grpo(tmp_path, capsys):
    folder = write(tmp_path / "r", [(1, 900), (1, 100), (0, 100), (0, 900)])
    assert main(["lint", folder, "--estimator", "grpo"]) == 0
    # The score has the length in it.
    for step in (1, 2):
        file = tmp_path / "r" / f"{step}.jsonl"
        rows = [json.loads(line) for line in file.read_text().splitlines()]
        for row in rows:
            row["score"] = 0.3 * row["acc"] - row["response_length"] / 1000
        file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    capsys.readouterr()
    assert main(["lint", folder, "--estimator", "grpo", "--json"]) == 1
    result, by_name = checked(capsys)
    assert result["config"] is None
    assert by_name["wrong_above_right"]["fault"]
    assert by_name["correct_punished"]["value"] == 0.5
    assert by_name["clamped"]["value"] is None


@pytest.mark.skipif(importlib.util.find_spec("pyarrow") is None, reason="no pyarrow")
def test_a_table_with_flags(tmp_path, capsys):
    import pyarrow
    import pyarrow.parquet

    columns = {
        "step": [1] * 4, "uid": list("aabb"), "correct": [1, 0, 1, 0], "length": [9, 9, 9, 9],
        "truncated": [False, True, False, False], "unread": [False, True, False, True],
    }  # fmt: skip
    path = tmp_path / "r.parquet"
    pyarrow.parquet.write_table(pyarrow.table(columns), path)
    main(["lint", str(path), "--json"])
    _, by_name = checked(capsys)
    assert by_name["truncated_wrong"]["value"] == 0.5
    assert by_name["unread"]["value"] == pytest.approx(1 / 3)
    pyarrow.parquet.write_table(pyarrow.table(columns | {"unread": [None] * 4}), path)
    assert main(["lint", str(path)]) == 2
    assert "empty values in its column unread" in capsys.readouterr().err
    assert main(["lint", str(path), "--estimator", "grpo"]) == 2
    assert "has no column score" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--base", "betta=1"], "betta"),
        (["--base", 'rewards=[{"name":"style","min":0,"max":1}]'], "step 1 has no 'style'"),
        (["--base", 'rewards=[{"name":"a","min":1,"max":0}]'], "min"),
        (["--base", 'rewards=[{"name":"a","min":0}]'], r"rewards[0]: max must be given"),
        (["--base", "rewards=[{name:a}]"], "rewards must be a list as JSON has it"),
        (
            ["--base", 'rewards=[{"name":"a","min":0,"max":1},{"name":"a","min":0,"max":1}]'],
            "name",
        ),
    ],
)
def test_what_cannot_be_done_is_2_and_a_sentence(tmp_path, capsys, arguments, message):
    assert main(["lint", write(tmp_path / "r"), *arguments]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert len(error.splitlines()) == 1
