"""Replay reads a run's own settings and state from what the run left."""

import importlib.util
import json
import os

import numpy as np
import pytest
from test_replay import BATCHES, CONFIG, dump, trained

import lead_rs
from lead_rs._errors import CommandError
from lead_rs.cli import main
from lead_rs.replay import Step, load_rollouts, replay, settings
from lead_rs.runs.recorded import MAX_BYTES, read_state, settings_of, state_before

needs_matplotlib = pytest.mark.skipif(
    importlib.util.find_spec("matplotlib") is None, reason="no matplotlib"
)
needs_yaml = pytest.mark.skipif(importlib.util.find_spec("yaml") is None, reason="no yaml")
FIRST = 4


@pytest.fixture
def run(tmp_path):
    """A run's folder: its log, a checkpoint after step 3, and its rollouts from there on."""
    lines = [
        json.dumps({"step": step, "data": metrics})
        for step, metrics in zip(BATCHES, trained(BATCHES), strict=True)
    ]
    (tmp_path / "metrics").mkdir()
    (tmp_path / "metrics" / "run.jsonl").write_text("\n".join(lines) + "\n")
    controller = lead_rs.WeightController(CONFIG)
    for number in range(1, FIRST):
        lead_rs.compute_advantage(**BATCHES[number], controller=controller)
    checkpoint(tmp_path, FIRST - 1, controller)
    dump(tmp_path / "rollouts", {number: BATCHES[number] for number in range(FIRST, 8)})
    return tmp_path


def checkpoint(run, step, controller):
    path = run / "checkpoints" / f"global_step_{step}" / "lead_state.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(controller.state_dict()))
    return path


def hydra(run, text):
    path = run / "hydra" / ".hydra" / "config.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


@needs_matplotlib
def test_a_resumed_run_is_replayed_from_its_state(run, capsys):
    command = ["replay", str(run / "rollouts"), "--log", str(run), "--out", str(run / "out")]
    assert main(command) == 0
    captured = capsys.readouterr()
    assert "lambda_corr of 4 steps is the log's within 0.0e+00\n" in captured.out
    state = run / "checkpoints" / "global_step_3" / "lead_state.json"
    assert f"the settings are those of {state}" in captured.err
    assert f"the weights begin with {state}" in captured.err


@needs_matplotlib
def test_the_command_line_has_the_last_word(run, capsys):
    command = ["replay", str(run / "rollouts"), "--log", str(run), "--out", str(run / "out")]
    assert main([*command, "--base", "lstar_mode=max_sym,bmax=2000,beta=0.8"]) == 0
    captured = capsys.readouterr()
    assert "the target lengths are others" in captured.out
    assert "the settings are those of" not in captured.err


@needs_matplotlib
def test_without_the_checkpoint_before_it_is_said(run, capsys):
    (run / "checkpoints" / "global_step_3").rename(run / "checkpoints" / "global_step_5")
    command = ["replay", str(run / "rollouts"), "--log", str(run), "--out", str(run / "out")]
    assert main(command) == 0
    assert "the rollouts begin at step 4, and the weights at their start there" in (
        capsys.readouterr().err
    )


def test_the_last_state_has_the_settings(run):
    later = lead_rs.WeightController(lead_rs.LeadConfig(beta=0.5))
    path = checkpoint(run, 10, later)
    assert settings_of(run) == (later.config, path)
    assert state_before(run, 11) == (later.state_dict(), path)
    assert state_before(run, 10) is None
    # A log is as good as its folder.
    assert settings_of(run / "checkpoints" / "a.log") == (later.config, path)


@needs_yaml
def test_a_run_without_checkpoints_has_its_configuration(tmp_path):
    assert settings_of(tmp_path) is None
    path = hydra(tmp_path, "algorithm:\n  adv_estimator: lead\n  lead_beta: 0.5\n  gamma: 1\n")
    assert settings_of(tmp_path) == (lead_rs.LeadConfig(beta=0.5), path)
    hydra(tmp_path, "algorithm:\n  adv_estimator: grpo\n  lead_beta: 0.5\n")
    assert settings_of(tmp_path) is None


@needs_yaml
def test_of_several_configurations_the_last_with_lead_counts(tmp_path):
    for time, name, estimator in (
        (1e9, "first", "lead"), (3e9, "other", "grpo"), (2e9, "last", "lead"), (0, "oldest", "lead")
    ):  # fmt: skip
        text = f"algorithm: {{adv_estimator: {estimator}, lead_beta: {time / 4e9}}}"
        os.utime(hydra(tmp_path / name, text), (time, time))
    config, path = settings_of(tmp_path)
    assert (config.beta, path.parents[2].name) == (0.5, "last")
    (tmp_path / "run.log").touch()
    assert settings_of(tmp_path / "run.log") == (config, path)


@needs_yaml
@pytest.mark.parametrize("text", ["", "3", "algorithm: lead", "data: {adv_estimator: lead}"])
def test_a_configuration_that_does_not_ask_for_lead_has_no_settings(tmp_path, text):
    hydra(tmp_path, text)
    assert settings_of(tmp_path) is None


@needs_yaml
def test_a_state_comes_before_a_configuration(run):
    hydra(run, "algorithm: {adv_estimator: lead, lead_beta: 0.125}")
    assert settings_of(run).config == CONFIG


@needs_yaml
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [", "is not YAML"),
        ("algorithm:\n  adv_estimator: lead\n  lead_betta: 1\n", "lead_betta"),
        ("algorithm:\n  adv_estimator: lead\n  lead_beta: 2\n", "beta must be in"),
    ],
)
def test_a_configuration_that_is_none_is_named(tmp_path, text, message):
    path = hydra(tmp_path, text)
    with pytest.raises(CommandError, match=message) as caught:
        settings_of(tmp_path)
    assert str(caught.value).startswith(str(path))


def test_a_damaged_state_is_named(run):
    path = run / "checkpoints" / "global_step_3" / "lead_state.json"
    path.write_text(path.read_text()[:-9])
    for read in (settings_of, lambda folder: state_before(folder, FIRST)):
        with pytest.raises(CommandError, match="not a usable LEAD state") as caught:
            read(run)
        assert str(path) in str(caught.value)


def test_checkpoints_of_two_runs_are_not_mixed(run):
    checkpoint(run / "other", 3, lead_rs.WeightController())
    folders = ", ".join(str(run / name) for name in ("checkpoints", "other/checkpoints"))
    with pytest.raises(CommandError, match=f"several runs, name one: {folders}$"):
        settings_of(run)


def test_a_copy_of_a_state_elsewhere_is_no_checkpoint_s(run):
    whole = run / "checkpoints" / "global_step_3"
    for name in ("best", "7", "global_step_last"):
        (run / "checkpoints" / name).mkdir()
        text = json.dumps(lead_rs.WeightController().state_dict())
        (run / "checkpoints" / name / "lead_state.json").write_text(text)
    assert settings_of(run).path.parent == whole
    assert state_before(run, 8) is None


def test_a_file_that_is_too_large_for_a_state_is_not_read(run):
    path = run / "checkpoints" / "global_step_3" / "lead_state.json"
    state = json.loads(path.read_text())
    path.write_text(path.read_text().ljust(MAX_BYTES))
    assert read_state(path) == state
    path.write_text(path.read_text() + " ")
    with pytest.raises(ValueError, match=f"it has more than {MAX_BYTES} bytes"):
        read_state(path)


REWARDS = [
    {"name": "correctness", "min": 0, "max": 1, "floor": 0.3},
    {"name": "form", "key": "format_score", "min": 0, "max": 1},
]


def test_any_rewards_are_replayed(tmp_path):
    config = lead_rs.LeadConfig(rewards=REWARDS)
    form = {number: [number % 2, None] * 12 for number in BATCHES}
    for number, batch in BATCHES.items():
        dump(tmp_path, {number: batch}, format_score=form[number])
    controller = lead_rs.WeightController(config)
    want = [
        lead_rs.compute_advantage(
            **batch, rewards={"format_score": form[number]}, controller=controller
        ).metrics
        for number, batch in BATCHES.items()
    ]
    steps = load_rollouts(tmp_path, rewards=config.reward_keys)
    assert replay(steps, config).metrics == want
    with pytest.raises(CommandError, match="step 1 has no format_score"):
        replay(load_rollouts(tmp_path), config)
    with pytest.raises(CommandError, match="step 1 has no 'style', which the settings' rewards"):
        load_rollouts(tmp_path, rewards=["style"])


@needs_matplotlib
def test_any_rewards_beside_the_two(tmp_path, capsys):
    dump(tmp_path / "r", BATCHES, format_score=[1, 0] * 12)
    base = f"rewards={json.dumps(REWARDS)},beta=0.5"
    command = ["replay", str(tmp_path / "r"), "--base", base, "--set", "rewards=null"]
    assert main([*command, "--out", str(tmp_path / "out")]) == 0
    out = capsys.readouterr().out
    for name in ("correctness", "form"):
        [line] = [row for row in out.splitlines() if f"weight of {name}, last step" in row]
        assert ("-" in line.split("|")[3]) == (name == "form")
    [target] = [row for row in out.splitlines() if "L* of solvable prompts, tokens" in row]
    assert target.split("|")[2].strip() == "-"
    assert (tmp_path / "out" / "replay.png").read_bytes().startswith(b"\x89PNG")


def test_lists_are_json():
    parsed = settings.parse('beta=0.5,rewards=[{"name": "a", "min": 0, "max": 1}],alpha=2')
    assert parsed == {
        "beta": 0.5, "rewards": [{"name": "a", "min": 0, "max": 1}], "alpha": 2.0
    }  # fmt: skip
    with pytest.raises(CommandError, match="rewards must be a list as JSON has it"):
        settings.parse("rewards=[a")


def test_a_state_of_other_rewards_is_refused():
    state = lead_rs.WeightController(lead_rs.LeadConfig(rewards=REWARDS)).state_dict()
    step = Step(2, np.ones(2), np.array([9.0, 8]), ["a", "a"])
    with pytest.raises(CommandError, match="base: a LEAD state goes on with the rewards"):
        replay([step], CONFIG, label="base", state=state)


@needs_matplotlib
def test_where_every_target_is_clamped_it_is_said(tmp_path, capsys):
    dump(tmp_path / "r", BATCHES)
    command = ["replay", str(tmp_path / "r"), "--out", str(tmp_path / "out")]
    assert main([*command, "--base", "bmax=1000", "--set", "bmax=8000"]) == 0
    [line] = [row for row in capsys.readouterr().err.splitlines() if "every target" in row]
    assert line.startswith("lead-rs: base: every target length is lstar_min (1000) or bmax (1000)")


@needs_matplotlib
def test_every_nth_step_needs_no_leave(tmp_path, capsys):
    dump(tmp_path / "r", {10 * number: BATCHES[number] for number in range(1, 5)})
    assert main(["replay", str(tmp_path / "r"), "--out", str(tmp_path / "out")]) == 0
    assert "10 steps apart" in capsys.readouterr().err
