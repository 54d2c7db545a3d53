"""What a run leaves is what `replay`, `lint` and `report` read."""

from __future__ import annotations

import json

import pytest

pytest.importorskip("trl", reason="TRL is not installed: make test-trl")

from given import parity
from trl import GRPOTrainer

import lead_rs
from lead_rs.cli import main
from lead_rs.replay import load_rollouts

CONFIG = lead_rs.LeadConfig(lstar_mode="max_sym", lstar_min=1, bmax=9, min_length=0, beta=0.8)
RUN = {"max_steps": 4, "save_steps": 2, "save_strategy": "steps", "log_completions": True}


def tidy(completions, **kwargs):
    """The share of the text that is ASCII; none of an empty one."""
    return [sum(map(str.isascii, text)) / len(text) if text else None for text in completions]


def run(make, folder, **changed):
    settings = {"num_completions_to_print": 0, "lead_config": CONFIG, **RUN, **changed}
    trainer = make(folder=folder / "run", **settings)
    trainer.train()
    return trainer


def replayed(folder, capsys, rollouts="run/completions"):
    """The command's data, and what it says of the run's log."""
    capsys.readouterr()
    command = ["replay", str(folder / rollouts), "--set", "beta=0.5", "--out", str(folder / "out")]
    assert main([*command, "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    return data, float(data["against_log"].partition("within ")[2])


def logged(trainer, name="lead/w_corr"):
    return [row[name] for row in trainer.state.log_history if name in row]


def test_replay_gives_what_the_run_logged(make, tmp_path, capsys):
    trainer = run(make, tmp_path)
    data, apart = replayed(tmp_path, capsys)
    base, other = data["settings"].values()
    assert base["config"] == CONFIG.to_dict()
    assert base["weights"]["correctness"] == logged(trainer)
    assert other["weights"]["correctness"] != logged(trainer)
    assert apart == 0
    assert len(set(logged(trainer))) > 1


@pytest.mark.parametrize(
    ("changed", "batches"),
    [
        # Two generation batches for an optimizer step; one for two; a log of every other step.
        ({"steps_per_generation": 1, "gradient_accumulation_steps": 2}, 8),
        ({"steps_per_generation": 2, "gradient_accumulation_steps": 1}, 2),
        ({"logging_steps": 2}, 4),
    ],
)
def test_however_it_generates_and_logs(make, tmp_path, capsys, changed, batches):
    trainer = run(make, tmp_path, per_device_train_batch_size=4, **changed)
    data, apart = replayed(tmp_path, capsys)
    assert len(data["settings"]["base"]["weights"]["correctness"]) == batches
    assert apart < 1e-12
    assert f"lambda_corr of {len(logged(trainer))} steps" in data["against_log"]


def test_an_evaluation_at_every_step_takes_nothing_away(make, tmp_path, capsys):
    trainer = run(make, tmp_path, eval_strategy="steps", eval_steps=1)
    assert any("eval_reward" in row for row in trainer.state.log_history)
    data, apart = replayed(tmp_path, capsys)
    assert (data["responses"], apart) == (32, 0)


def test_a_resumed_run_is_replayed(make, tmp_path, capsys):
    run(make, tmp_path, max_steps=2)
    settings = {"num_completions_to_print": 0, "lead_config": CONFIG, **RUN}
    resumed = make(folder=tmp_path / "run", **settings)
    resumed.train(resume_from_checkpoint=True)
    data, apart = replayed(tmp_path, capsys, "run")
    assert (data["steps"], apart) == ([1, 2, 3, 4], 0)
    (tmp_path / "run" / "completions" / "1.jsonl").unlink()
    (tmp_path / "run" / "completions" / "2.jsonl").unlink()
    data, apart = replayed(tmp_path, capsys)
    assert (data["steps"], apart) == ([3, 4], 0)


def test_steps_that_a_run_was_set_back_before_are_set_aside(make, tmp_path, capsys):
    run(make, tmp_path)
    folder = tmp_path / "run" / "completions"
    abandoned = {name: (folder / name).read_bytes() for name in ("3.jsonl", "4.jsonl")}
    settings = {"num_completions_to_print": 0, "lead_config": CONFIG, **RUN, "max_steps": 3}
    back = make(folder=tmp_path / "run", **settings)
    back.train(resume_from_checkpoint=str(tmp_path / "run" / "checkpoint-2"))
    assert [step.number for step in load_rollouts(folder)] == [1, 2, 3]
    aside = folder / "abandoned_1"
    assert {file.name: file.read_bytes() for file in aside.iterdir()} == abandoned
    make(folder=tmp_path / "run", **settings).train()  # another run in the same folder
    assert len(list((folder / "abandoned_2").iterdir())) == 3
    assert [step.number for step in load_rollouts(folder)] == [1, 2, 3]


def test_a_reward_function_of_the_name_of_a_column(make):
    def score(completions, **_):
        return [0.0] * len(completions)

    with pytest.raises(ValueError, match="a column 'score' of LEAD's own"):
        make(reward_funcs=score, log_completions=True)
    make(reward_funcs=score)


def test_rewards_of_functions(make, tmp_path, capsys):
    rewards = [
        {"name": "right", "key": "correctness", "min": 0, "max": 1, "floor": 0.3},
        {"name": "tidy", "min": 0, "max": 1},
    ]
    config = lead_rs.LeadConfig(rewards=rewards, bmax=9, lstar_min=1, min_length=0)
    functions = {"reward_funcs": [parity, tidy], "lead_correctness": "parity"}
    run(make, tmp_path, lead_config=config, reward_weights=[1.0, 0.5], **functions)
    assert replayed(tmp_path, capsys)[1] == 0
    for step in load_rollouts(tmp_path / "run", rewards=["score", "tidy", "parity"]):
        row = step.rewards
        assert row["score"].tolist() == (row["parity"] + 0.5 * row["tidy"]).tolist()
        assert row["parity"].tolist() == step.correctness.tolist()


def test_lint_and_report(make, tmp_path, capsys):
    trainer = run(make, tmp_path)
    capsys.readouterr()
    assert main(["lint", str(tmp_path / "run"), "--json"]) in (0, 1)
    checks = {check["name"]: check for check in json.loads(capsys.readouterr().out)["checks"]}
    assert checks["truncated_wrong"]["value"] > 0
    assert checks["no_variance"]["value"] == pytest.approx(
        sum(logged(trainer, "lead/lint_no_variance")) / 4
    )
    assert main(["report", str(tmp_path / "run"), "--out", str(tmp_path / "out")]) == 0
    html = (tmp_path / "out" / "report.html").read_text()
    lengths = logged(trainer, "completions/mean_length")
    assert f"<td>{lengths[0]:.4g} → {lengths[-1]:.4g}</td>" in html
    assert "lstar_mode=max_sym" in html


def test_without_log_completions_nothing_is_written(make, tmp_path, capsys):
    run(make, tmp_path, log_completions=False)
    assert not (tmp_path / "run" / "completions").exists()
    assert main(["replay", str(tmp_path / "run")]) == 2
    assert "log_completions=True" in capsys.readouterr().err


def test_plain_grpos_completions(make, tmp_path, capsys, tokenizer):
    trainer = make(cls=GRPOTrainer, folder=tmp_path / "run", **RUN)
    trainer.train()
    tokenizer.save_pretrained(tmp_path / "tokenizer")
    command = ["lint", str(tmp_path / "run"), "--estimator", "grpo", "--json"]
    assert main(command) == 2
    assert "has no response_length" in capsys.readouterr().err
    assert main([*command, "--tokenizer", str(tmp_path / "tokenizer")]) in (0, 1)
    result = json.loads(capsys.readouterr().out)
    assert (result["steps"], result["responses"]) == (4, 32)
    assert main(["report", str(tmp_path / "run"), "--out", str(tmp_path / "out")]) == 0
