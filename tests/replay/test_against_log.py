"""Whether a replay gives what the run logged."""

import importlib.util
import json
import re

import pytest
from test_replay import BATCHES, CONFIG, dump, trained

from lead_rs.cli import main

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("matplotlib") is None, reason="no matplotlib"
)
BASE = "lstar_mode=max_sym,bmax=4000,beta=0.8"


@pytest.fixture
def run(tmp_path):
    """A run's rollouts and its log."""
    dump(tmp_path / "rollouts", BATCHES)
    lines = [
        json.dumps({"step": step, "data": metrics}, separators=(",", ":"))
        for step, metrics in zip(BATCHES, trained(BATCHES, CONFIG), strict=True)
    ]
    (tmp_path / "run.jsonl").write_text("\n".join(lines) + "\n")
    return tmp_path


def compare(run, capsys, *arguments):
    log = ["--log", str(run / "run.jsonl"), "--out", str(run / "out")]
    assert main(["replay", str(run / "rollouts"), *log, *arguments]) == 0
    return capsys.readouterr().out


def test_the_runs_own_settings_give_its_weights(run, capsys):
    out = compare(run, capsys, "--base", BASE)
    assert "lambda_corr of 7 steps is the log's within 0.0e+00\n" in out


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--base", BASE.replace("0.8", "0.7")], "lead/w_corr .* the settings of the weights"),
        (["--base", BASE.replace("4000", "2000")], "lead/lstar_mean .* the target lengths"),
        (["--base", BASE, "--correctness", "grade"], "lead/accuracy_batch .* the correctness"),
    ],
)
def test_what_differs_is_named(run, capsys, arguments, reason):
    out = compare(run, capsys, *arguments)
    [line] = [line for line in out.splitlines() if "is the log's within" in line]
    assert re.search(f"at step 1 {reason}", line)


def test_a_log_of_other_steps_is_an_error(run, capsys):
    (run / "run.jsonl").write_text('{"step":1,"data":{"critic/score/mean":0.5}}\n')
    assert main(["replay", str(run / "rollouts"), "--log", str(run / "run.jsonl")]) == 2
    assert "LEAD's weights of none of the rollouts' steps" in capsys.readouterr().err
