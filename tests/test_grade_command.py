"""`python -m lead_rs grade`: the verdict, how it came about, and the exit status."""

from __future__ import annotations

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


@pytest.mark.parametrize("arguments", [[], ["42"], ["42", "42", "42"], ["42", "42", "--loose"]])
def test_usage(arguments, capsys):
    with pytest.raises(SystemExit) as status:
        main(["grade", *arguments])
    assert status.value.code == 2
    assert "usage: python -m lead_rs" in capsys.readouterr().err


@pytest.mark.parametrize(("answer", "status"), [(b"42", 0), (b"41", 1), (b"4\xff2", 1), (b"", 1)])
def test_as_a_program(answer, status):
    command = [sys.executable, "-m", "lead_rs", "grade", answer, "42"]
    done = subprocess.run(command, capture_output=True)
    assert (done.returncode, done.stderr) == (status, b"")
    assert done.stdout.endswith(b"\n")
