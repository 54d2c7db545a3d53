"""What a run was started with, from Hydra's files."""

import datetime
import importlib.util
import os

import pytest

from lead_rs.runs.settings import load_settings

pytestmark = pytest.mark.skipif(importlib.util.find_spec("yaml") is None, reason="no yaml")


def start(folder, config="{}", overrides="[]", hydra="{hydra: {job: {name: main_ppo}}}", time=0):
    """The files of a start of a run, written at some time."""
    files = {"config.yaml": config, "overrides.yaml": overrides, "hydra.yaml": hydra}
    (folder / ".hydra").mkdir(parents=True)
    for name, text in files.items():
        if text is not None:
            file = folder / ".hydra" / name
            file.write_text(text)
            os.utime(file, (time, time))


def test_where_nothing_was_kept_there_are_none(tmp_path):
    assert load_settings(tmp_path) is None
    start(tmp_path, overrides=None)
    assert load_settings(tmp_path) is None
    assert load_settings(tmp_path / ".hydra" / "config.yaml") is None


def test_the_latest_start_s_are_shown(tmp_path):
    for name, time in (("a", 1e9), ("b", 2e9), ("c", 1.5e9)):
        start(tmp_path / name, f"data: {{train_batch_size: {name}}}", f"[x={name}]", time=time)
    settings = load_settings(tmp_path)
    assert settings.started == datetime.datetime(
        2033, 5, 18, 3, 33, 20, tzinfo=datetime.timezone.utc
    )
    assert settings.command == "python -m verl.trainer.main_ppo x=b"
    assert settings.shown == {"prompts a step": "b"}


@pytest.mark.parametrize(
    ("hydra", "job"),
    [
        ("{hydra: {job: {name: main_other}}}", "main_other"),
        ("{hydra: {job: {name: null}}}", "main_ppo"),
        ("{hydra: 3}", "main_ppo"),
        (None, "main_ppo"),
    ],
)
def test_the_command_is_that_of_the_job(tmp_path, hydra, job):
    start(tmp_path, overrides="['a=b c', 'd=\"\"', [no, override]]", hydra=hydra)
    command = load_settings(tmp_path).command
    assert command.startswith(f"python -m verl.trainer.{job} 'a=b c' 'd=\"\"'")


def test_a_command_without_overrides(tmp_path):
    start(tmp_path, overrides="null")
    assert load_settings(tmp_path).command == "python -m verl.trainer.main_ppo"


@pytest.mark.parametrize(
    "name",
    ["WANDB_API_KEY", "aws_access_key", "HF_TOKEN", "apikey", "+env.my_secret", "db.password"],
)
def test_a_secret_is_left_out_to_its_end(tmp_path, name):
    start(tmp_path, overrides=f'["{name}=abc\\n=abc", "after=this"]')
    command = load_settings(tmp_path).command
    assert "abc" not in command
    assert f"{name}=***" in command
    assert command.endswith(" after=this")


def test_lead_s_settings_are_shown_where_it_was_the_estimator(tmp_path):
    lead = "{lead_beta: 0.5, lead_rewards: null, lead_on: true, gamma: 1, adv_estimator: "
    start(tmp_path / "a", f"algorithm: {lead}lead}}")
    shown = load_settings(tmp_path / "a").shown
    assert shown == {"estimator": "lead", "settings of LEAD": "lead_beta=0.5, lead_on=True"}
    start(tmp_path / "b", f"algorithm: {lead}grpo}}")
    assert load_settings(tmp_path / "b").shown == {"estimator": "grpo"}
    start(tmp_path / "c", "algorithm: lead")
    assert load_settings(tmp_path / "c").shown == {}


def test_lists_are_in_one_line_and_what_is_in_them_is_not_followed(tmp_path):
    start(tmp_path, "{data: {train_files: [a, [b], {c: d}, 3], train_batch_size: {e: f}}}")
    assert load_settings(tmp_path).shown == {"training data": "a, 3"}


def test_texts_and_lists_of_any_length_are_cut(tmp_path):
    start(tmp_path, f"{{data: {{train_files: {['ab'] * 900}, train_batch_size: {'x' * 9000}}}}}")
    shown = load_settings(tmp_path).shown
    assert len(shown) == 2
    assert max(map(len, shown.values())) <= 500
