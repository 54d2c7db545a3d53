"""Files that are there whole or not at all."""

import os
from pathlib import Path

import pytest

from lead_rs._files import whole_file


def test_its_folders_are_made(tmp_path):
    path = tmp_path / "run" / "step" / "state.json"
    for text in ("first", "second"):
        with whole_file(path) as unfinished:
            unfinished.write_text(text)
        assert path.read_text() == text


def test_what_fails_before_it_is_begun_is_that_failure(tmp_path):
    with pytest.raises(ZeroDivisionError), whole_file(tmp_path / "state.json"):
        raise ZeroDivisionError
    assert not os.listdir(tmp_path)


def half_write(path):
    with whole_file(path) as unfinished:
        unfinished.write_text("half")
        raise ZeroDivisionError


def test_what_fails_leaves_what_was_there(tmp_path):
    path = tmp_path / "results.json"
    path.write_text("old")
    with pytest.raises(ZeroDivisionError):
        half_write(path)
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["results.json"]


def test_it_is_on_the_disk_before_it_has_its_name(tmp_path, monkeypatch):
    done = []
    real_fsync, real_replace = os.fsync, Path.replace

    def fsync(descriptor):
        done.append(os.readlink(f"/proc/self/fd/{descriptor}"))
        real_fsync(descriptor)

    def replace(path, target):
        done.append("replace")
        return real_replace(path, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(Path, "replace", replace)
    with whole_file(tmp_path / "new" / "state.json") as unfinished:
        unfinished.write_text("whole")
    assert done == [str(unfinished), "replace", str(tmp_path / "new")]
    assert (tmp_path / "new" / "state.json").read_text() == "whole"
    assert unfinished.suffix == ".json"
    assert os.listdir(tmp_path / "new") == ["state.json"]
