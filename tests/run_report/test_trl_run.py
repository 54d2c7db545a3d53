"""`report`, `replay` and `lint` on what TRL writes of a run, without TRL: its files' shapes."""

from __future__ import annotations

import csv
import importlib.util
import json
import os
import re

import numpy as np
import pytest

import lead_rs
from lead_rs._errors import CommandError
from lead_rs.cli import main
from lead_rs.replay import load_rollouts, replay
from lead_rs.report import load_log
from lead_rs.runs.recorded import settings_of, state_before
from lead_rs.runs.settings import load_settings
from lead_rs.runs.trl import completions
from lead_rs.trl import rollouts

needs_matplotlib = pytest.mark.skipif(
    importlib.util.find_spec("matplotlib") is None, reason="no matplotlib"
)
needs_pyarrow = pytest.mark.skipif(importlib.util.find_spec("pyarrow") is None, reason="no pyarrow")
CONFIG = lead_rs.LeadConfig(lstar_mode="max_sym", beta=0.8, bmax=4000)
GROUPS = np.repeat(np.arange(3), 4)


def train(out, batches=1, every=1, last=6, completions=True):
    """A run's folder as LeadGRPOTrainer leaves it, with a checkpoint every two steps."""
    rng, controller = np.random.default_rng(5), lead_rs.WeightController(CONFIG)
    history, since = [], []
    for step in range(1, last + 1):
        for _ in range(batches):
            right = (rng.random(12) < 0.6).astype(float)
            length = np.minimum(rng.geometric(1 / 2500, 12), 4000)
            controller.enter_step(step - 1)
            taken = lead_rs.compute_advantage(right, length, GROUPS, controller=controller)
            since.append(taken.metrics)
            columns = {"acc": right.tolist(), "response_length": length.tolist()}
            columns["tidy"] = rng.random(12).tolist()
            columns["score"] = [a + b for a, b in zip(right, columns["tidy"], strict=True)]
            columns["truncated"] = (length == 4000).tolist()
            if completions:
                rollouts.write(str(out), step, controller, GROUPS.tolist(), columns)
        if step % every == 0:
            means = {name: sum(row[name] for row in since) / len(since) for name in since[0]}
            trl = {"reward": 0.5, "completions/mean_length": 9.0 + step, "loss": float("nan")}
            history.append({**means, **trl, "eval": None, "step": step})
            since = []
        if step % 2 == 0:
            save(out / f"checkpoint-{step}", step, history, controller.state_dict())
    return out


def save(folder, step, history, lead):
    folder.mkdir(parents=True, exist_ok=True)
    state = {"global_step": step, "log_history": history, "train_batch_size": 12}
    state["stateful_callbacks"] = {"TrainerControl": {}} | ({"lead_rs": lead} if lead else {})
    (folder / "trainer_state.json").write_text(json.dumps(state))


def test_the_log_is_the_furthest_checkpoints_by_verls_names(tmp_path):
    run = train(tmp_path, last=12)
    log = load_log(run)
    assert log.files == [run / "checkpoint-12" / "trainer_state.json"]
    assert list(log.steps) == list(range(1, 13))
    row = log.steps[12]
    assert (row["response_length/mean"], row["critic/score/mean"]) == (21, 0.5)
    assert "lead/w_corr" in row
    assert not row.keys() & {"step", "loss", "eval", "reward"}
    assert "as far as checkpoint-12 goes; held-out accuracy is not known" in log.notes[0]
    assert list(load_log(run / "checkpoint-4").steps) == [1, 2, 3, 4]
    # What came before is not looked at.
    (run / "checkpoint-2" / "trainer_state.json").write_text("")
    assert load_log(run) == log


def test_the_state_beside_the_checkpoints_may_be_of_before_or_after_them(tmp_path):
    run = train(tmp_path)
    history = json.loads((run / "checkpoint-6" / "trainer_state.json").read_text())["log_history"]
    save(run, 7, [*history, {"step": 7, "reward": 1}], None)
    assert list(load_log(run).steps) == [1, 2, 3, 4, 5, 6, 7]
    assert settings_of(run) is None
    save(run, 5, history[:5], None)
    assert list(load_log(run).steps) == [1, 2, 3, 4, 5, 6]
    assert settings_of(run).config == CONFIG


def test_a_run_that_was_set_back_goes_on_from_there(tmp_path):
    run = train(tmp_path, last=12)
    file = run / "checkpoint-8" / "trainer_state.json"
    os.utime(file)  # copied, say: it is still of the run that led to 12
    assert list(load_log(run).steps) == list(range(1, 13))

    state = json.loads(file.read_text())
    for row in state["log_history"][4:]:
        row["lead/w_corr"] = 0.25
    file.write_text(json.dumps(state))
    log = load_log(run)
    assert list(log.steps) == list(range(1, 9))
    assert [log.steps[step]["lead/w_corr"] for step in (5, 8)] == [0.25, 0.25]
    assert (
        "checkpoint-12 is left out: the run was set back since, and checkpoint-8 has"
        in log.notes[0]
    )
    assert settings_of(run).path == file


def test_what_is_logged_twice_at_a_step_is_one_row(tmp_path):
    rows = [{"step": 2, "reward": 1}, {"step": 2, "eval_reward": 0.5}, {"step": 2, "train_loss": 3}]
    save(tmp_path, 2, rows, None)
    both = {"critic/score/mean": 1, "eval_reward": 0.5, "train_loss": 3}
    assert load_log(tmp_path / "trainer_state.json").steps == {2: both}


def test_a_checkpoint_that_was_cut_off_is_left_out(tmp_path):
    run = train(tmp_path)
    file = run / "checkpoint-6" / "trainer_state.json"
    file.write_text(file.read_text()[:-9])
    log = load_log(run)
    assert list(log.steps) == [1, 2, 3, 4]
    assert str(file) in log.notes[0]
    assert settings_of(run) == (CONFIG, run / "checkpoint-4" / "trainer_state.json")
    for read in (lambda: state_before(run, 7), lambda: load_log(file)):
        with pytest.raises(CommandError, match="checkpoint-6/.* cannot be read as JSON"):
            read()


@pytest.mark.parametrize("content", ["[]", "{}", '{"log_history": [1, {"step": "a"}, {"a": 1}]}'])
def test_a_state_without_a_log(tmp_path, content):
    (tmp_path / "trainer_state.json").write_text(content)
    with pytest.raises(CommandError, match=r"_state.json(: no step was logged| is not a tr)"):
        load_log(tmp_path)


def test_settings_and_state_are_those_of_the_checkpoints(tmp_path):
    run = train(tmp_path)
    config, path = settings_of(run)
    assert (config, path) == (CONFIG, run / "checkpoint-6" / "trainer_state.json")
    state, path = state_before(run, 5)
    assert path == run / "checkpoint-4" / "trainer_state.json"
    assert state["step"] == 4
    assert state_before(run, 4) is None
    save(run / "checkpoint-8", 8, [], {"step": "two"})
    with pytest.raises(CommandError, match="checkpoint-8.* has no usable LEAD state"):
        settings_of(run)


def test_settings_shown(tmp_path):
    run = train(tmp_path)
    (run / "README.md").write_text("---\nbase_model: Qwen/Qwen3-0.6B\nlibrary_name: x\n---\n")
    settings = load_settings(run)
    assert (settings.started, settings.command) == (None, "")
    shown = settings.shown
    assert (shown["model"], shown["batch per device"]) == ("Qwen/Qwen3-0.6B", "12")
    assert re.search("beta=0.8, .*lstar_mode=max_sym", shown["settings of LEAD"])
    assert "None" not in shown["settings of LEAD"]


def test_only_what_is_known_of_the_settings_is_shown(tmp_path):
    save(tmp_path / "checkpoint-2", 2, [], None)
    card = tmp_path / "checkpoint-2" / "README.md"
    card.write_text("no model\n")
    assert load_settings(tmp_path).shown == {"batch per device": "12"}
    card.write_text("base_model: of-the-checkpoint\n")
    assert load_settings(tmp_path).shown["model"] == "of-the-checkpoint"
    (tmp_path / "README.md").write_text("base_model:  of-the-run \n")
    assert load_settings(tmp_path).shown["model"] == "of-the-run"
    state = {"global_step": 2, "train_batch_size": 0, "stateful_callbacks": {"lead_rs": [1]}}
    (tmp_path / "checkpoint-2" / "trainer_state.json").write_text(json.dumps(state))
    assert load_settings(tmp_path).shown.keys() == {"model"}


def test_a_folder_beside_the_completions_is_no_run(tmp_path):
    run = train(tmp_path)
    (run / "rollouts").mkdir()
    (run / "rollouts" / "1.jsonl").write_bytes((run / "completions" / "1.jsonl").read_bytes())
    assert [step.number for step in load_rollouts(run / "rollouts")] == [1]
    assert len(load_rollouts(run / "completions")) == len(load_rollouts(run)) == 6
    assert len(load_rollouts(run / "checkpoint-2" / ".." / "completions")) == 6


@pytest.mark.parametrize(("batches", "every"), [(1, 1), (3, 1), (1, 2), (2, 3)])
@needs_matplotlib
def test_replay_gives_the_logs_weights(tmp_path, capsys, batches, every):
    run = train(tmp_path / "run", batches, every)
    command = ["replay", str(run / "completions"), "--set", "beta=0.5", "--out", str(tmp_path)]
    assert main([*command, "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert float(data["against_log"].rsplit(maxsplit=1)[1]) < 1e-12
    assert f"of {6 // every} steps is the log's" in data["against_log"]
    base, other = data["settings"].values()
    assert base["config"]["beta"] == 0.8
    assert base["weights"] != other["weights"]
    assert len(base["weights"]["correctness"]) == 6 * batches
    assert (tmp_path / "replay.md").read_text().startswith("6 steps (1 to 6), ")


def test_the_batches_of_a_step_are_one(tmp_path):
    run = train(tmp_path, batches=3)
    steps = load_rollouts(run)
    assert [step.number for step in steps] == [n for n in range(1, 7) for _ in range(3)]
    steps_taken = replay(steps, CONFIG).curve("lead/step")
    assert steps_taken == [step.number for step in steps]
    train(tmp_path, batches=3)  # as what is run again from a checkpoint
    assert replay(load_rollouts(run), CONFIG).curve("lead/step") == steps_taken


@needs_matplotlib
def test_what_is_left_of_the_rollouts_begins_with_its_checkpoint(tmp_path, capsys):
    run = train(tmp_path)
    for step in (1, 2, 3, 4):
        (run / "completions" / f"{step}.jsonl").unlink()
    assert main(["replay", str(run), "--out", str(tmp_path / "out")]) == 0
    captured = capsys.readouterr()
    assert "lambda_corr of 2 steps is the log's within 0.0e+00\n" in captured.out
    assert "the weights begin with" in captured.err
    (run / "completions" / "3.jsonl").write_bytes((run / "completions" / "5.jsonl").read_bytes())
    assert main(["replay", str(run)]) == 2
    assert "step 5 is in" in capsys.readouterr().err


def test_steps_that_are_none_of_leads_are_not_missing(tmp_path):
    """As where a generation batch is for two optimizer steps."""
    controller = lead_rs.WeightController(CONFIG)
    for step in (1, 3, 5, 6):
        controller.enter_step(step)
        columns = {"acc": [1.0, 0.0] * 6, "response_length": list(range(10, 22))}
        lead_rs.compute_advantage(*columns.values(), GROUPS, controller=controller)
        rollouts.write(str(tmp_path), step, controller, GROUPS.tolist(), columns)
    folder = tmp_path / "completions"
    assert [step.number for step in load_rollouts(folder)] == [1, 3, 5, 6]
    (folder / "3.jsonl").unlink()
    with pytest.raises(CommandError, match="lacks step 2"):
        load_rollouts(folder)


def test_rewards_are_replayed_and_what_is_not_known_is_null(tmp_path):
    controller = lead_rs.WeightController(CONFIG)
    controller.enter_step(0)
    columns = {"acc": [1.0, 0.0, 1.0], "response_length": [5, 6, 7]}
    columns["tidy"] = [0.5, float("nan"), 1.0]
    groups = [0, 0, 1]  # the other response to 1 has no verdict
    lead_rs.compute_advantage([1, 0, 1], [5, 6, 7], groups, controller=controller)
    rollouts.write(str(tmp_path), 1, controller, groups, columns)
    assert "NaN" not in (tmp_path / "completions" / "1.jsonl").read_text()
    [step] = load_rollouts(tmp_path / "completions", rewards=["tidy"])
    np.testing.assert_array_equal(step.rewards["tidy"], [0.5, np.nan, 1])


@pytest.mark.parametrize("batches", [1, 2])
def test_lint_looks_at_what_is_there(tmp_path, capsys, batches):
    main(["lint", str(train(tmp_path, batches)), "--json"])
    captured = capsys.readouterr()
    assert "the rollouts begin at step" not in captured.err
    result = json.loads(captured.out)
    assert (result["steps"], result["config"]["lstar_mode"]) == (6, "max_sym")
    assert result["responses"] == 72 * batches
    values = {check["name"]: check["value"] for check in result["checks"]}
    # No truths are written; it may be that every prompt is solved.
    unknown = {name for name, value in values.items() if value is None}
    assert {"unread"} <= unknown <= {"unread", "wrong_by_length"}
    assert values["truncated_wrong"] > 0
    main(["lint", str(tmp_path), "--json", "--estimator", "grpo"])
    assert json.loads(capsys.readouterr().out)["checks"][0]["value"] is not None


@needs_matplotlib
def test_the_report_has_its_curves_and_says_what_is_missing(tmp_path):
    run = train(tmp_path / "lead")
    assert main(["report", str(run), "--out", str(tmp_path / "out")]) == 0
    html = (tmp_path / "out" / "report.html").read_text()
    text = re.search(r'id="curves">(.*?)</script>', html)[1]
    panels = {panel["name"]: panel for panel in json.loads(text)}
    assert {"accuracy", "length", "target_length", "lambda"} <= panels.keys()
    assert panels["length"]["curves"][0]["values"] == [10, 11, 12, 13, 14, 15]
    assert "held-out accuracy is not known" in html
    assert "not logged, so not drawn: advantages" in html
    assert "<summary>Command" not in html
    assert "<td>started</td>" not in html
    with (tmp_path / "out" / "steps.csv").open(newline="") as file:
        assert [row["response_length/mean"] for row in csv.DictReader(file)][-1] == "15.0"


@pytest.mark.parametrize("name", ["", "completions"])
def test_a_run_without_completions(tmp_path, capsys, name):
    train(tmp_path, completions=False)
    for command in ("replay", "lint"):
        assert main([command, str(tmp_path / name)]) == 2
        error = capsys.readouterr().err.splitlines()[-1]
        assert "is a TRL run without completions: with log_completions=True" in error


@needs_pyarrow
def test_trls_own_completions_are_read_with_a_tokenizer(tmp_path, monkeypatch):
    """Of a run with plain GRPO, say; a conversation is what the policy said of it."""
    monkeypatch.setattr(
        "lead_rs.runs.rollouts._token_counter", lambda *_: lambda text: len(text.split())
    )
    said = [[{"role": "assistant", "content": "one two"}, {"role": "tool", "content": "3 4 5"}]]
    write_completions(tmp_path / "completions_00010.parquet", completion=said * 4)
    write_completions(tmp_path / "completions_00020.parquet", step=[20] * 4)
    first, second = load_rollouts(tmp_path, rewards=["right"], allow_missing=True)
    assert (first.number, second.number) == (10, 20)
    assert first.response_length.tolist() == [2, 2, 2]  # one has no reward
    assert first.correctness.tolist() == first.rewards["right"].tolist() == [1, 0, 1]
    assert len(set(first.index)) == 2
    assert second.response_length.tolist() == [3, 3, 3]


@needs_pyarrow
def test_with_several_rewards_it_is_asked_which_say_what_is_right(tmp_path):
    write_completions(tmp_path / "completions_00001.parquet", step=[1] * 4, style=[0.5] * 4)
    with pytest.raises(CommandError, match="step 1: which responses are correct"):
        load_rollouts(tmp_path)
    _, row = next(completions(tmp_path / "completions_00001.parquet"))
    assert (row["right"], row["style"], row["score"]) == (1.0, 0.5, 1.5)
    assert "acc" not in row


@needs_pyarrow
def test_only_what_the_policy_said_is_its_completion(tmp_path):
    said = [
        [
            {"role": "assistant", "content": "a"},
            {"role": "tool", "content": "b"},
            {"role": "assistant", "content": "c"},
        ],
        [{"role": "assistant", "content": None}],
        [],
        [{"role": "user", "content": "d"}],
    ]
    rewards = [1.0, 0.0, float("nan"), 0.5]
    write_completions(tmp_path / "c.parquet", completion=said, right=rewards)
    read = list(completions(tmp_path / "c.parquet"))
    assert [row["output"] for _, row in read] == ["a\nc", "", ""]
    assert [row["acc"] for _, row in read] == [1.0, 0.0, 0.5]
    assert [where.rsplit(maxsplit=1)[1] for where, _ in read] == ["1", "2", "4"]


@needs_pyarrow
def test_a_file_that_is_none_of_trls(tmp_path):
    file = tmp_path / "completions_00001.parquet"
    file.write_bytes(b"PAR1")
    with pytest.raises(CommandError, match="completions_00001.parquet cannot be read as parquet"):
        load_rollouts(tmp_path)
    write_completions(file, prompt=None)
    with pytest.raises(CommandError, match="has no column prompt: did TRL write it"):
        load_rollouts(tmp_path)


def write_completions(path, **changed):
    import pyarrow
    import pyarrow.parquet

    columns = {
        "step": [10] * 4,
        "prompt": ["p", "p", "q", "q"],
        "completion": ["a b c"] * 4,
        "right": [1.0, 0.0, None, 1.0],
        **{"note": ["x"] * 4, "advantage": [0.5] * 4},
        **changed,
    }
    there = {name: values for name, values in columns.items() if values is not None}
    pyarrow.parquet.write_table(pyarrow.table(there), path)
