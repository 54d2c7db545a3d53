"""`lead-rs grade`: the verdict, how it came about, and the exit status."""

from __future__ import annotations

import io
import json
import subprocess
import sys

import pytest

import lead_rs
from lead_rs.cli import main


def test_right(capsys):
    pair = r"so \boxed{0.5}", "1/2"
    assert main(["grade", *pair]) == 0
    out = capsys.readouterr().out
    assert out == f"{lead_rs.explain(*pair)}\n"
    assert out.splitlines()[-1] == "right: decided by number"
    assert out.splitlines()[1].startswith("extraction")


def test_wrong(capsys):
    assert main(["grade", "41", "42"]) == 1
    assert capsys.readouterr().out.splitlines()[-1].startswith("wrong: ")


def test_allow_unsimplified(capsys):
    assert main(["grade", "2/4", "1/2"]) == 1
    assert main(["grade", "2/4", "1/2", "--allow-unsimplified"]) == 0


def test_json(capsys):
    assert main(["grade", "--json", "2/4", "1/2"]) == 1
    data = json.loads(capsys.readouterr().out)
    explanation = lead_rs.explain("2/4", "1/2")
    verdict = explanation.verdict
    assert data["correct"] is False
    assert (data["method"], data["normalized"]) == (verdict.method, verdict.normalized)
    assert [step["stage"] for step in data["steps"]] == [s.stage for s in explanation.steps]
    assert set(data["steps"][0]) == {"stage", "answer", "ground_truth", "outcome"}


def test_a_minus_sign(capsys):
    assert main(["grade", "-3", "-3"]) == 0
    assert main(["grade", "--", "-x", "-x"]) == 0
    assert main(["grade", "--json", "--", "-x", "-y"]) == 1


PAIRS = """{"answer": "1/2", "truth": "0.5"}

{"answer": "so \\\\boxed{3}", "truth": "3", "id": 7}
"""


def verdicts(capsys):
    return [json.loads(line)["correct"] for line in capsys.readouterr().out.splitlines()]


def test_a_file_of_pairs(capsys, tmp_path):
    file = tmp_path / "pairs.jsonl"
    file.write_text(PAIRS)
    assert main(["grade", "--file", str(file)]) == 0
    assert verdicts(capsys) == [True, True]
    file.write_text(PAIRS + '{"answer": "1", "truth": "2"}')
    assert main(["grade", "--file", str(file)]) == 1
    assert verdicts(capsys) == [True, True, False]


def test_pairs_from_standard_input(capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO(PAIRS))
    assert main(["explain", "--file", "-"]) == 0
    assert verdicts(capsys) == [True, True]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "line 2 of {} is not JSON"),
        ("[]", 'line 2 of {} must be {{"answer": "...", "truth": "..."}}, got []'),
        ('{"answer": "1", "truth": 1}', "line 2 of {} must be"),
        ('{"answer": "1"}', "line 2 of {} must be"),
    ],
)
def test_a_bad_line_is_named(line, said, capsys, tmp_path):
    file = tmp_path / "pairs.jsonl"
    file.write_text(f'{{"answer": "1", "truth": "1"}}\n{line}\n')
    assert main(["grade", "--file", str(file)]) == 2
    assert said.format(file) in capsys.readouterr().err


def test_a_file_that_cannot_be_read(capsys, tmp_path):
    for file in (tmp_path / "none", tmp_path):
        assert main(["grade", "--file", str(file)]) == 2
        assert f"lead-rs: --file {file} cannot be read: " in capsys.readouterr().err


def test_settings(capsys):
    assert main(["grade", "--extract", "auto", "Answer: 3", "3"]) == 0
    assert main(["grade", "--after-think", "3 </think> 4", "4"]) == 0
    assert main(["grade", "--tolerance", "rounding", "1/3", "0.33"]) == 0
    assert main(["grade", "--tolerance", "0.1", "3", "3.1"]) == 0
    assert main(["grade", "3", "3.1"]) == 1
    with pytest.raises(SystemExit):
        main(["grade", "--tolerance", "2", "3", "3.1"])
    assert 'None, "rounding" or a number in (0, 1)' in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["42"],
        ["42", "42", "42"],
        ["42", "42", "--loose"],
        ["42", "42", "--file", "-"],
        ["42", "--file", "-"],
        ["42", "42", "--extract", "box"],
    ],
)
def test_usage(arguments, capsys):
    with pytest.raises(SystemExit) as status:
        main(["grade", *arguments])
    assert status.value.code == 2
    assert "usage: lead-rs" in capsys.readouterr().err


@pytest.mark.parametrize(("answer", "status"), [(b"42", 0), (b"41", 1), (b"4\xff2", 1), (b"", 1)])
def test_as_a_program(answer, status):
    command = [sys.executable, "-m", "lead_rs", "grade", answer, "42"]
    done = subprocess.run(command, capture_output=True)
    assert (done.returncode, done.stderr) == (status, b"")
    assert done.stdout.endswith(b"\n")
