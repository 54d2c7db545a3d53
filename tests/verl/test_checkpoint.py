"""LEAD's state in the checkpoints of verl's own trainer classes, on real files."""

import json
import logging
import os
from pathlib import Path

import pytest
import trainers
from trainers import Workers, controller, go_to, load, resume, step_of, train

import lead_rs
from lead_rs.verl import checkpoint
from lead_rs.verl import run as lead_run
from lead_rs.verl.trainer import checking

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:verl", "ignore::FutureWarning")

STATE = checkpoint.FILE_NAME
TRACKER = "latest_checkpointed_iteration.txt"


KINDS = trainers.present()
CONTENTS = {
    "fully_async": ["actor", STATE],  # the rollouter saves the rest
    "colocate_async": ["actor", "data.pt", STATE, "transfer_queue"],
    "separate_async": ["actor", "data.pt", STATE, "transfer_queue"],
}


@pytest.fixture(params=KINDS)
def kind(request):
    return request.param


@pytest.fixture
def trainer(kind, tmp_path, monkeypatch):
    """A trainer of verl's own class, without its workers, that saves into `tmp_path`."""

    def make(**settings):
        return trainers.saving(kind, tmp_path, monkeypatch, **settings)

    return make


def test_a_resumed_run_goes_on_exactly(trainer, tmp_path):
    straight = trainer(resume_mode="disable")
    load(straight)
    train(straight, 5)

    resumed = trainer()
    (tmp_path / TRACKER).write_text("3")
    assert resume(resumed).step == 3
    assert step_of(resumed) == 3
    train(resumed, 2)
    assert controller(resumed).state_dict() == controller(straight).state_dict()


def test_state_is_in_every_checkpoint(trainer, kind, tmp_path):
    run = trainer()
    load(run)
    train(run, 2)
    for step in (1, 2):
        state = json.loads((tmp_path / f"global_step_{step}" / STATE).read_text())
        assert state["step"] == step
    want = CONTENTS.get(kind, ["actor", "data.pt", STATE])
    assert sorted(os.listdir(tmp_path / "global_step_2")) == want


def test_a_run_of_one_step_is_resumed(trainer):
    train(trainer(), 1)
    run = trainer()
    assert (resume(run).step, step_of(run)) == (1, 1)


def test_resume_path(trainer, tmp_path):
    train(trainer(), 4)
    run = trainer(resume_mode="resume_path", resume_from_path=str(tmp_path / "global_step_2"))
    run.config.trainer.default_local_dir = str(tmp_path / "elsewhere")
    assert resume(run).step == 2


def test_resume_from_relative_folders(trainer, tmp_path, monkeypatch):
    train(trainer(), 2)
    monkeypatch.chdir(tmp_path.parent)
    for settings in ({}, {"resume_mode": "resume_path"}):
        run = trainer(**settings, resume_from_path=f"{tmp_path.name}/global_step_2")
        run.config.trainer.default_local_dir = tmp_path.name
        assert resume(run).step == 2


def test_disable_starts_fresh(trainer):
    train(trainer(), 2)
    assert resume(trainer(resume_mode="disable")).step == 0


def test_auto_without_a_checkpoint_starts_fresh(trainer, caplog):
    assert resume(trainer()).step == 0
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


def test_a_checkpoint_of_another_estimator_starts_fresh_with_a_warning(trainer, tmp_path, caplog):
    begun = trainer(adv_estimator="grpo")
    go_to(begun, 7)
    begun._save_checkpoint()
    run = trainer()
    assert resume(run).step == 0
    assert step_of(run) == 7
    (warning,) = [r for r in caplog.records if r.name.startswith("lead_rs")]
    assert warning.levelno == logging.WARNING
    assert f"global_step_7 has no {STATE}" in warning.message


def test_other_estimators_are_untouched(trainer, kind, tmp_path, monkeypatch):
    monkeypatch.setattr(lead_run, "of_trainer", lambda *_: pytest.fail("LEAD acted"))
    run = trainer(adv_estimator="grpo")
    checking(lambda _: None)(run)
    load(run)
    go_to(run, 1)
    run._save_checkpoint()
    want = [name for name in CONTENTS.get(kind, ["actor", "data.pt"]) if name != STATE]
    assert sorted(os.listdir(tmp_path / "global_step_1")) == want
    assert (tmp_path / TRACKER).read_text() == "1"


GOOD = {**lead_rs.WeightController().state_dict(), "step": 1}


@pytest.mark.parametrize(
    "text",
    [
        "",
        json.dumps(GOOD)[:-20],
        "[1, 2]",
        "null",
        "{}",
        '{"format": "somebody else\'s", "version": 1}',
        json.dumps({**GOOD, "version": 99}),
        json.dumps({**GOOD, "step": -1}),
        json.dumps({**GOOD, "weights": [0.5, "0.5"]}),
        json.dumps({**GOOD, "weights": [float("nan"), 0.5]}),
        json.dumps({**GOOD, "config": {**GOOD["config"], "beta": 7}}),
        "[" * 100_000,
        "\udcff\ud800",
    ],
    ids=[
        "empty", "truncated", "a list", "null", "no fields", "foreign", "another version",
        "negative step", "text as weight", "nan weight", "impossible setting", "deeply nested",
        "not utf-8",
    ],
)  # fmt: skip
def test_a_state_that_is_not_ours_is_found_before_the_model_is_loaded(
    trainer, tmp_path, monkeypatch, text
):
    monkeypatch.setattr(Workers, "load_checkpoint", lambda *_, **__: pytest.fail("model loaded"))
    train(trainer(), 1)
    path = tmp_path / "global_step_1" / STATE
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    run = trainer()
    with pytest.raises(ValueError, match="is not a usable LEAD state") as error:
        load(run)
    assert str(path) in str(error.value)


def test_other_settings_are_taken_with_a_warning(trainer, caplog):
    train(trainer(lead_beta=0.9), 2)
    run = trainer(lead_beta=0.5)
    assert resume(run).step == 2
    assert controller(run).config.beta == 0.5
    assert sum("beta" in record.getMessage() for record in caplog.records) == 1


def test_bad_settings_stop_the_run_before_the_model_is_loaded(trainer, monkeypatch):
    train(trainer(), 1)
    monkeypatch.setattr(Workers, "load_checkpoint", lambda *_, **__: pytest.fail("model loaded"))
    with pytest.raises(ValueError, match="beta"):
        load(trainer(lead_beta=-1))


class Killed(BaseException):
    """`kill -9` at this point: nothing after it runs."""


def interruptible(monkeypatch):
    """Count what a save does to the disk; `kill` is the number of the operation to die before."""
    count = {"at": 0, "kill": None}

    def step(original):
        def operation(*args, **kwargs):
            if count["at"] == count["kill"]:
                raise Killed
            count["at"] += 1
            return original(*args, **kwargs)

        return operation

    import builtins

    import torch

    real_open = builtins.open

    def opening(file, mode="r", *args, **kwargs):
        if "w" not in mode:
            return real_open(file, mode, *args, **kwargs)
        return step(real_open)(file, mode, *args, **kwargs)

    for owner, name in (
        (os, "fsync"), (os, "mkdir"), (Path, "replace"), (json, "dump"), (torch, "save"),
        (Workers, "save_checkpoint"),
    ):  # fmt: skip
        monkeypatch.setattr(owner, name, step(getattr(owner, name)))
    monkeypatch.setattr(builtins, "open", opening)
    monkeypatch.setattr(Path, "open", lambda self, *args, **kwargs: opening(self, *args, **kwargs))
    return count


def test_killed_between_any_two_writes_a_run_resumes_from_a_whole_checkpoint(
    trainer, tmp_path, monkeypatch
):
    straight = trainer(resume_mode="disable")
    train(straight, 4)
    want = controller(straight).state_dict()
    for path in tmp_path.rglob("*"):
        if path.is_file():
            path.unlink()

    killed_at = 0
    while True:
        folder = tmp_path / f"killed_{killed_at}"
        run = trainer()
        run.config.trainer.default_local_dir = str(folder)
        train(run, 2)
        with monkeypatch.context() as patch:
            count = interruptible(patch)
            count["kill"] = killed_at
            try:
                train(run, 1)
                break  # all of it was written: every point has been tried
            except Killed:
                pass
        resumed = trainer()
        resumed.config.trainer.default_local_dir = str(folder)
        state = resume(resumed)
        assert state.step == step_of(resumed) == int((folder / TRACKER).read_text())
        train(resumed, 4 - step_of(resumed))
        assert controller(resumed).state_dict() == want
        killed_at += 1
    assert killed_at >= 8


def test_a_failed_write_is_an_error_and_keeps_the_old_state(trainer, tmp_path, monkeypatch):
    run = trainer()
    train(run, 1)
    before = (tmp_path / "global_step_1" / STATE).read_text()

    def disk_full(_):
        raise OSError(28, "No space left on device")

    lead_rs.compute_advantage([1, 0], [2000, 3000], ["a", "a"], controller=controller(run))
    monkeypatch.setattr(os, "fsync", disk_full)
    with pytest.raises(OSError, match="No space left"):
        run._save_checkpoint()
    assert (tmp_path / "global_step_1" / STATE).read_text() == before
