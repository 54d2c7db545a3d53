"""What is given as a model and is none is said at once, with what to do."""

import pytest

from lead_rs._errors import CommandError
from lead_rs.cli import main
from lead_rs.evaluation.models import check_model


def touch(*files):
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("{}")


@pytest.fixture
def checkpoint(tmp_path):
    """verl's, as it is saved by default: configuration and tokenizer, weights in shards."""
    actor = tmp_path / "run/global_step_20/actor"
    touch(actor / "huggingface/config.json", actor / "huggingface/tokenizer.json")
    touch(actor / "model_world_size_2_rank_0.pt", actor / "model_world_size_2_rank_1.pt")
    return actor


@pytest.mark.parametrize("given", ["huggingface", "", ".."])
def test_a_checkpoint_of_verls_needs_merging(checkpoint, given):
    with pytest.raises(CommandError) as caught:
        check_model(str((checkpoint / given).resolve()))
    command = (
        f"python -m verl.model_merger merge --backend fsdp --local_dir {checkpoint} "
        f"--target_dir {checkpoint.parent / 'merged'}"
    )
    assert command in str(caught.value)


def test_a_checkpoint_by_another_name_needs_merging_too(checkpoint):
    renamed = checkpoint.rename(checkpoint.with_name("policy"))
    with pytest.raises(CommandError, match=f"--local_dir {renamed} "):
        check_model(str(renamed))


def test_a_checkpoint_that_has_the_whole_model_is_taken(checkpoint):
    touch(checkpoint / "huggingface/model.safetensors")
    check_model(str(checkpoint / "huggingface"))


@pytest.mark.parametrize("name", ["model", "owner/model", "nowhere/model"])
def test_what_may_be_the_hubs_name_is_left_to_it(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    check_model(name)


@pytest.mark.parametrize(
    "name", ["./model", "~/model", "/no/model", "a/b/c", "outputs/merged", "m/"]
)
def test_a_path_to_nothing_is_said(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "outputs/other").mkdir(parents=True)
    with pytest.raises(CommandError, match=f"the model {name} is not there: .* has "):
        check_model(name)


def test_what_is_there_instead_is_named(tmp_path):
    (tmp_path / "global_step_10").mkdir()
    with pytest.raises(CommandError, match=f"is not there: {tmp_path} has global_step_10$"):
        check_model(str(tmp_path / "global_step_20/actor"))


def test_of_many_folders_some_are_named(tmp_path):
    missing = str(tmp_path / "model")
    with pytest.raises(CommandError, match="has no folder$"):
        check_model(missing)
    for number in range(10):
        (tmp_path / f"run{number}").mkdir()
    with pytest.raises(CommandError, match="has run0, run1, .*, run8, run9$"):
        check_model(missing)
    (tmp_path / "run10").mkdir()
    with pytest.raises(CommandError, match=r"has run0, run1, run10, .*, run8, \.\.\.$"):
        check_model(missing)


def test_a_folder_without_a_model(tmp_path):
    with pytest.raises(CommandError, match="has no config.json"):
        check_model(str(tmp_path))
    touch(tmp_path / "config.json")
    with pytest.raises(CommandError, match="has no weights: .*safetensors"):
        check_model(str(tmp_path))
    with pytest.raises(CommandError, match="is a file"):
        check_model(str(tmp_path / "config.json"))
    touch(tmp_path / "model-00001-of-00002.safetensors")
    check_model(str(tmp_path))


def test_the_command_says_so_before_it_reads_a_set(tmp_path, capsys):
    pytest.importorskip("transformers")
    pytest.importorskip("pyarrow")
    given = [
        "eval",
        str(tmp_path / "none"),
        "--data",
        str(tmp_path),
        "--out",
        str(tmp_path / "out"),
    ]
    assert main(given) == 2
    assert "none is not there" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
