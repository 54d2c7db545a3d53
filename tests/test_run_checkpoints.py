"""Which checkpoint is a run's last one, and which one verl goes on from."""

import pytest

from lead_rs._errors import LeadError
from lead_rs.runs.checkpoints import (
    TRACKER,
    check_tracker,
    folder_of,
    last_checkpoint,
    step_of,
    to_resume,
)


class Trainer(dict):
    """A configuration of a trainer, as OmegaConf gives it."""

    __getattr__ = dict.__getitem__


@pytest.fixture
def saved(tmp_path):
    """A run's folder, with whole checkpoints of steps 9 and 10, and what is none."""
    for name in ("global_step_9", "global_step_10", "global_step_x", "best_11"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "data.pt").touch()
    (tmp_path / "global_step_12").mkdir()
    (tmp_path / TRACKER).write_text("10\n")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "step"),
    [
        ("global_step_7", 7),
        ("global_step_", None),
        ("global_step_x", None),
        ("global_step_-1", None),
        ("7", None),
        ("my_global_step_7", None),
    ],
)
def test_only_a_checkpoint_s_folder_is_of_a_step(tmp_path, name, step):
    assert step_of(tmp_path / name) == step


def test_the_last_checkpoint_is_the_one_that_the_tracker_names_if_it_is_there(saved):
    assert last_checkpoint(saved) == 10
    (saved / TRACKER).write_text("11")
    assert last_checkpoint(saved) == 0
    (saved / TRACKER).write_text("")
    assert last_checkpoint(saved) == 0
    (saved / TRACKER).unlink()
    assert last_checkpoint(saved) == 0


@pytest.mark.parametrize(
    ("mode", "name"),
    [
        ({"resume_mode": "auto"}, "global_step_10"),
        ({"resume_mode": "resume_path"}, "global_step_9"),
        ({"resume_mode": "disable"}, None),
        ({}, None),
    ],
)
def test_what_verl_goes_on_from(saved, mode, name):
    trainer = Trainer(default_local_dir=str(saved), resume_from_path=str(folder_of(saved, 9)))
    assert to_resume(Trainer(trainer | mode)) == (saved / name if name else None)


def test_a_run_without_a_tracker_or_a_folder_begins_anew(saved, caplog):
    (saved / TRACKER).unlink()
    (saved / "file").touch()
    for folder in (saved, saved / "none", saved / "file"):
        assert to_resume(Trainer(default_local_dir=str(folder), resume_mode="auto")) is None
    assert not caplog.records


def test_a_tracker_that_names_what_is_gone_begins_anew_with_a_warning(saved, caplog):
    (saved / TRACKER).write_text("11")
    assert check_tracker(saved) is None
    assert "names" in caplog.text
    assert "global_step_11, which isn't there: verl begins anew" in caplog.text


@pytest.mark.parametrize("text", ["", " \n", "-1", "1e1", "global_step_9", "\0\0"])
def test_of_a_torn_tracker_the_last_whole_checkpoint_is_named(saved, text):
    (saved / TRACKER).write_text(text)
    with pytest.raises(LeadError, match="instead of a step: .* To resume, write 10 into it$"):
        check_tracker(saved)
    for step in (9, 10):
        (folder_of(saved, step) / "data.pt").unlink()
    with pytest.raises(LeadError, match="To resume, delete it to begin anew$"):
        check_tracker(saved)


def test_of_a_torn_tracker_not_more_is_said_than_fits(saved):
    (saved / TRACKER).write_bytes(b"\xff" + b"x" * 5000)
    with pytest.raises(LeadError) as error:
        check_tracker(saved)
    assert str(error.value).count("x") < 100
