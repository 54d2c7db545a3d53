"""A run that finds no data prepares MATH, and says what to do where that cannot be."""

import json
import logging

import pytest

from lead_rs.cli import main
from lead_rs.recipes import math_data
from lead_rs.recipes.verl_config import CannotRun

pytest.importorskip("pyarrow")
OmegaConf = pytest.importorskip("omegaconf").OmegaConf

ROW = {"problem": "What is $1+1$?", "answer": "2", "subject": "Algebra", "level": 5}


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "math"


@pytest.fixture
def config(folder):
    files = {"train_files": f"{folder}/train.parquet", "val_files": f"{folder}/test.parquet"}
    return OmegaConf.create({"data": files})


@pytest.fixture
def hub(monkeypatch):
    """The Hugging Face hub: what its data sets are, or the error that it raises."""
    datasets = pytest.importorskip("datasets")
    huggingface_hub = pytest.importorskip("huggingface_hub")

    def make(error=None, **sets):
        class Hub:
            def dataset_info(self, repository, revision):
                if error is not None:
                    raise error
                return type("Info", (), {"sha": "c0ffee"})

        monkeypatch.setattr(huggingface_hub, "HfApi", Hub)
        monkeypatch.setattr(
            datasets, "load_dataset", lambda name, *_, **__: datasets.Dataset.from_list(sets[name])
        )

    return make


def test_math_is_prepared(config, folder, hub, caplog):
    hub(
        **{
            "nlile/hendrycks-MATH-benchmark": [ROW],
            "HuggingFaceH4/MATH-500": [{**ROW, "problem": "What is $2+2$?", "answer": "4"}],
        }
    )
    with caplog.at_level(logging.INFO, logger="lead_rs"):
        math_data.prepare_missing(config, folder)
    assert f"{folder} has no data: preparing MATH there" in caplog.messages
    manifest = json.loads((folder / "manifest.json").read_text())
    assert {split: entry["rows"] for split, entry in manifest["splits"].items()} == {
        "train": 1, "test": 1,
    }  # fmt: skip
    hub(error=AssertionError("asked again"))
    math_data.prepare_missing(config, folder)


def test_without_the_hub_there_are_two_ways_out(config, folder, hub):
    hub(error=ConnectionError("no route"))
    with pytest.raises(CannotRun) as caught:
        math_data.prepare_missing(config, folder)
    text = str(caught.value)
    assert text.startswith(f"there is no data in {folder}, and MATH could not be prepared there: ")
    assert "HuggingFaceH4/MATH-500" in text
    assert "could not be loaded (ConnectionError: no route)\n" in text
    assert f"lead-rs data math --local-dir {folder} --from train=FILE --from test=FILE" in text
    assert "or set DATA_DIR to a folder that has a train.parquet and a test.parquet" in text
    assert not folder.exists()


def test_the_way_out_with_files_works(folder, write_rows):
    """The command that is printed, with files in FILE's places."""
    train = write_rows("train.jsonl", [ROW])
    test = write_rows("test.jsonl", [{**ROW, "problem": "What is $2+2$?", "answer": "4"}])
    command = ["data", "math", "--local-dir", str(folder)]
    assert main([*command, "--from", f"train={train}", "--from", f"test={test}"]) == 0
    assert (folder / "train.parquet").is_file()
    assert (folder / "test.parquet").is_file()


@pytest.fixture
def write_rows(tmp_path):
    def write(name, rows):
        path = tmp_path / name
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        return path

    return write


@pytest.mark.parametrize("there", ["train.parquet", "test.parquet"])
def test_data_of_ones_own_are_left_alone(config, folder, hub, there):
    hub(error=AssertionError("asked"))
    folder.mkdir()
    (folder / there).write_text("mine")
    math_data.prepare_missing(config, folder)
    assert [file.name for file in folder.iterdir()] == [there]


def test_other_files_are_the_users_business(config, folder, hub):
    hub(error=AssertionError("asked"))
    config.data.train_files = ["a.parquet", "b.parquet"]
    math_data.prepare_missing(config, folder)
    assert not folder.exists()
