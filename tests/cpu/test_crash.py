"""What the crash test compares: a run's files, made here without a run, and spoilt."""

import importlib.util
import json
import os
import random
import subprocess
import sys
import uuid

import pytest

import lead_rs

if not all(map(importlib.util.find_spec, ("psutil", "torch", "matplotlib"))):
    pytest.skip("psutil, torch and matplotlib are not all installed", allow_module_level=True)

import crash

from lead_rs.verl import checkpoint

BATCHES = [
    {"correctness": [1, 0, 1, 1], "response_length": [9 + n, 20, 40, 13], "index": list("aabb")}
    for n in range(5)
]


@pytest.fixture
def run(tmp_path):
    """Killed in step 4, while its checkpoint was written; resumed after 3 and finished at 5."""
    run = crash.Run(tmp_path)
    straight = crash.controller()
    for life, steps in enumerate(((1, 2, 3, 4), (4, 5))):
        first = steps[0] - 1
        run.batches_file(life).parent.mkdir(exist_ok=True)
        run.metrics_file(first).parent.mkdir(parents=True, exist_ok=True)
        if life:
            straight = crash.controller()
            checkpoint.load(straight, run.checkpoints / f"global_step_{first}")
        for step in steps:
            straight.enter_step(step)
            lead_rs.compute_advantage(**BATCHES[step - 1], controller=straight)
            with run.batches_file(life).open("a") as file:
                file.write(json.dumps(BATCHES[step - 1]) + "\n")
            with run.metrics_file(first).open("a") as file:
                row = {"step": step, "data": {**straight.metrics, "other": 1}}
                file.write(json.dumps(row) + "\n")
            checkpoint.save(straight, run.checkpoints / f"global_step_{step}")
    return run


def check(run):
    """Both starts, as after each of them."""
    reference, found = crash.controller(), []
    tracker = run.checkpoints / crash.TRACKER
    last = run.checkpoints / "global_step_5"
    aside = last.rename(run.folder / "aside")
    tracker.write_text("3")
    found.append(crash.check(run, 0, 0, reference))
    aside.rename(last)
    tracker.write_text("5")
    found.append(crash.check(run, 1, 3, reference))
    return found, reference


def test_a_run_that_weighs_as_one_that_was_not_killed(run):
    (first, second), reference = check(run)
    assert (first["resumed_from"], first["newest_checkpoint"], first["steps_compared"]) == (0, 3, 4)
    assert first["half_written"] == [{"step": 4, "has": ["lead_state.json"]}]
    assert (second["resumed_from"], second["half_written"]) == (3, [])
    straight = crash.controller()
    for step, batch in enumerate(BATCHES, start=1):
        straight.enter_step(step)
        lead_rs.compute_advantage(**batch, controller=straight)
    assert reference.state_dict() == straight.state_dict() == run.state(5)


def other_state(run, step):
    path = run.checkpoints / f"global_step_{step}" / checkpoint.FILE_NAME
    state = json.loads(path.read_text())
    path.write_text(json.dumps({**state, "weights": [state["weights"][0] + 1e-15, 0.25]}))


def other_metric(run):
    file = run.metrics_file(0)
    first, *rest = file.read_text().splitlines()
    row = json.loads(first)
    row["data"]["lead/w_corr"] += 1e-15
    file.write_text("\n".join([json.dumps(row), *rest]) + "\n")


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda run: other_state(run, 3), "^checkpoint 3: "),
        (lambda run: other_state(run, 4), "^unfinished checkpoint 4: "),
        (lambda run: other_state(run, 5), "^checkpoint 5: "),
        (other_metric, "^step 1: "),
        (lambda run: run.batches_file(1).unlink(), "from step 3 to 5 with 0 batches"),
    ],
    ids=["resumed from", "half-written", "finished", "logged", "no batches"],
)
def test_what_differs_is_seen(run, spoil, message):
    spoil(run)
    with pytest.raises(crash.Failure, match=message):
        check(run)


SAVING = """
import subprocess, sys, time
from pathlib import Path
folder, batches = map(Path, sys.argv[1:])
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
for step in range(1, 9):
    with batches.open("a") as file:
        file.write("{}\\n")
    time.sleep(0.5)
    (folder / f"global_step_{step}").mkdir(parents=True)
    time.sleep(2)
    (folder / f"global_step_{step}" / "data.pt").touch()
"""


def test_a_run_is_killed_while_it_saves(tmp_path):
    run, mark = crash.Run(tmp_path), uuid.uuid4().hex
    run.batches_file(0).parent.mkdir()
    command = [sys.executable, "-c", SAVING, run.checkpoints, run.batches_file(0)]
    process = subprocess.Popen(command, env={**os.environ, crash.MARK: mark})
    try:
        crash.kill_at("saving", run, 0, random.Random(1), process, mark)
        assert process.wait(1) == -9
        newest = run.checkpoints / f"global_step_{run.begun()[-1]}"
        assert list(newest.iterdir()) == []
    finally:
        crash.kill(process, mark)
    assert crash.processes(mark) == [], "what it had started, in a session of its own, too"


def test_a_line_that_was_cut_off_is_none(tmp_path):
    file = tmp_path / "rows.jsonl"
    assert crash.whole_lines(file) == []
    file.write_text('{"a": 1}\n{"a": 2')
    assert crash.whole_lines(file) == [{"a": 1}]
