"""The evaluation end to end on a CPU: what it counts, that it goes on, what it refuses."""

import csv
import importlib.util
import json
import multiprocessing
import re
import shutil
import statistics
import sys
import types
from pathlib import Path

import numpy as np
import pytest

import lead_rs
from lead_rs._errors import CommandError
from lead_rs.cli import main
from lead_rs.evaluation import engines, loggers, parts, picture, workers
from lead_rs.evaluation.presets import INSTRUCTION, PRESETS
from lead_rs.evaluation.results import load as load_results
from lead_rs.evaluation.sets import load_set
from lead_rs.evaluation.statistics import AesWeights, Responses, Summary, summarise
from needs_data import needs, real_data

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.skipif(
        not all(map(importlib.util.find_spec, ("torch", "transformers", "pyarrow", "matplotlib"))),
        reason="torch, transformers, pyarrow and matplotlib are not all installed",
    ),
]
ROOT = Path(__file__).parents[2]
MATH500 = "math/test.parquet"
SHORT = ["--max-tokens", "6", "--part-size", "5"]


@pytest.fixture(autouse=True)
def no_gpu(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")


@pytest.fixture
def warm_workers(monkeypatch):
    """Workers come from a process that has imported transformers; without, from a fresh Python."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["transformers.models.gpt_neox.modeling_gpt_neox"])
    monkeypatch.setattr(multiprocessing, "get_context", lambda _: context)


def evaluate(model, data, out, *arguments, sets=("amc2023", "math500")):
    command = ["eval", str(model), "--data", str(data), "--out", str(out), "--sets", *sets]
    return main([*command, *SHORT, *arguments])


def generations(out):
    import pyarrow.parquet

    files = sorted(out.rglob("*.parquet"))
    return {
        str(file.relative_to(out)): pyarrow.parquet.ParquetFile(file).read().to_pylist()
        for file in files
    }


@pytest.fixture(scope="module")
def evaluated(guesser, tmp_path_factory):
    """A data folder with two sets, and a finished run on them."""
    import pyarrow
    import pyarrow.parquet
    from verl_rows import rows

    folder = tmp_path_factory.mktemp("evaluated")
    for name, truths in (("amc2023", "12"), ("math500", "1212")):
        (folder / "data" / name).mkdir(parents=True)
        table = pyarrow.Table.from_pylist(rows(truths))
        pyarrow.parquet.write_table(table, folder / "data" / name / "test.parquet")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CUDA_VISIBLE_DEVICES", "")
        assert evaluate(guesser, folder / "data", folder / "run") == 0
    return folder


def test_what_is_counted_is_what_was_generated(evaluated, guesser):
    written = generations(evaluated / "run")
    assert {name: len(rows) for name, rows in written.items()} == {
        **{f"generations/amc2023/000{part}.parquet": 5 for part in range(4)},
        **{"generations/math500/0000.parquet": 5, "generations/math500/0001.parquet": 5},
        "generations/math500/0002.parquet": 2,
    }
    results = json.loads((evaluated / "run/results.json").read_text())
    for name, problems, samples in (("amc2023", 2, 10), ("math500", 4, 3)):
        rows = [row for file, part in written.items() if name in file for row in part]
        asked = {(row["problem"], row["sample"]) for row in rows}
        assert asked == {(p, s) for p in range(problems) for s in range(samples)}
        assert len({row["seed"] for row in rows}) == len(rows)
        for row in rows:
            score = lead_rs.score(row["response"], row["ground_truth"])["acc"]
            assert row["correct"] == (score == 1)
            assert row["truncated"] == (len(row["response"].split()) == 6)
            assert row["tokens"] == len(row["response"].split()) + (not row["truncated"])
        correct = [row["correct"] for row in rows]
        assert 0 < sum(correct) < len(rows)
        assert 0 < sum(row["truncated"] for row in rows) < len(rows)
        found = results["sets"][name]
        assert found["accuracy"] == pytest.approx(statistics.fmean(correct))
        assert found["tokens"] == pytest.approx(statistics.fmean(row["tokens"] for row in rows))
        of_correct = [row["tokens"] for row in rows if row["correct"]]
        assert found["tokens_correct"] == pytest.approx(statistics.fmean(of_correct))
        solved = {row["problem"] for row in rows if row["correct"]}
        assert found["pass_at_n"] == len(solved) / problems
    settings = results["settings"]
    assert settings["model"] == str(guesser)
    assert (settings["temperature"], settings["top_p"], settings["max_tokens"]) == (0.8, 0.9, 6)
    assert settings["engine"] == "transformers"
    assert settings["sets"]["math500"]["samples"] == 3
    [versions] = results["versions"]
    assert versions["lead_rs"] == lead_rs.__version__
    assert {"python", "torch", "transformers", "numpy"} <= set(versions)


def test_the_table_and_the_picture(evaluated):
    table = (evaluated / "run/results.md").read_text().splitlines()
    assert [line.split("|")[1].strip() for line in table] == [
        "",
        "-" * len(table[1].split("|")[1]),
        "run: average",
        "run: amc2023 (2 x 10)",
        "run: math500 (4 x 3)",
    ]
    results = json.loads((evaluated / "run/results.json").read_text())
    assert f"| {100 * results['average']['accuracy']:.2f} " in table[2]
    assert (evaluated / "run/results.png").read_bytes().startswith(b"\x89PNG")


def test_a_finished_run_is_only_counted_again(evaluated, monkeypatch):
    before = generations(evaluated / "run"), (evaluated / "run/results.json").read_text()
    monkeypatch.setattr(workers, "generate", None)  # no model is loaded
    [settings] = [json.loads((evaluated / "run/settings.json").read_text())]
    assert evaluate(settings["model"], evaluated / "data", evaluated / "run") == 0
    assert (generations(evaluated / "run"), (evaluated / "run/results.json").read_text()) == before


@pytest.mark.usefixtures("warm_workers")
def test_what_is_missing_is_generated_again_and_is_the_same(evaluated, guesser, tmp_path):
    shutil.copytree(evaluated / "run", tmp_path / "run")
    before = generations(tmp_path / "run")
    kept = tmp_path / "run/generations/amc2023/0000.parquet"
    when = kept.stat().st_mtime_ns
    (tmp_path / "run/generations/amc2023/0003.parquet").unlink()
    (tmp_path / "run/generations/math500/0001.parquet").unlink()
    assert evaluate(guesser, evaluated / "data", tmp_path / "run") == 0
    assert generations(tmp_path / "run") == before
    assert kept.stat().st_mtime_ns == when


@pytest.mark.usefixtures("warm_workers")
def test_a_killed_worker_loses_nothing_that_was_finished(evaluated, guesser, tmp_path):
    sets = [load_set(name, evaluated / "data") for name in ("amc2023", "math500")]
    planned = parts.parts(sets, tmp_path / "generations", seed=0, size=5)
    job = workers.Job("transformers", str(guesser), engines.Sampling(0.8, 0.9, 6), 16)
    running = workers.generate(job, planned, [None])
    came = [next(running), next(running)]
    assert [(each.count, each.written) for each in came] == [(5, False), (0, True)]
    assert came[0].part == came[1].part == planned[0]
    assert planned[0].path.exists()
    [worker] = multiprocessing.active_children()
    worker.kill()
    with pytest.raises(CommandError, match=r"on CPU was killed by SIGKILL \(out of memory\?\)"):
        list(running)
    done = generations(tmp_path)
    assert done
    complete = generations(evaluated / "run")
    assert all(complete[name] == rows for name, rows in done.items())
    assert not list(tmp_path.rglob("*unfinished*"))


@pytest.mark.usefixtures("warm_workers")
def test_a_failure_says_how_much_is_done(evaluated, tmp_path, capsys):
    shutil.copytree(evaluated / "run", tmp_path / "run")
    (tmp_path / "run/generations/amc2023/0003.parquet").unlink()
    settings = json.loads((tmp_path / "run/settings.json").read_text())
    settings["model"] = str(tmp_path / "no-model")
    (tmp_path / "run/settings.json").write_text(json.dumps(settings))
    (tmp_path / "no-model").mkdir()
    for file in ("config.json", "model.safetensors"):
        (tmp_path / "no-model" / file).write_text("{}")
    assert evaluate(tmp_path / "no-model", evaluated / "data", tmp_path / "run") == 2
    error = capsys.readouterr().err
    assert "cannot be loaded" in error
    assert "27 of 32 responses are done and kept: the same command goes on" in error


def test_an_interrupt_is_no_traceback(evaluated, tmp_path, monkeypatch, capsys):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(workers, "generate", interrupted)
    assert evaluate("model", evaluated / "data", tmp_path / "run") == 2
    assert "stopped. 0 of 32 responses are done and kept" in capsys.readouterr().err


def test_other_settings_do_not_mix(evaluated, guesser, capsys):
    out = evaluated / "run"
    assert evaluate(guesser, evaluated / "data", out, "--temperature", "1") == 2
    error = capsys.readouterr().err
    assert "has a run with other settings: temperature is 0.8 there and 1.0 here" in error
    assert evaluate(guesser, evaluated / "data", out, sets=("math500",)) == 2
    assert "sets.amc2023 is in one only" in capsys.readouterr().err


def test_a_damaged_part_is_named(evaluated, guesser, tmp_path, capsys):
    shutil.copytree(evaluated / "run", tmp_path / "run")
    part = tmp_path / "run/generations/math500/0000.parquet"
    part.write_bytes(part.read_bytes()[:100])
    assert evaluate(guesser, evaluated / "data", tmp_path / "run") == 2
    assert "0000.parquet is damaged" in capsys.readouterr().err
    shutil.copy(part.with_name("0001.parquet"), part)
    assert evaluate(guesser, evaluated / "data", tmp_path / "run") == 2
    assert "0000.parquet has other responses than planned" in capsys.readouterr().err


def as_run(evaluated, folder, **changes):
    """A finished run with other numbers or settings."""
    shutil.copytree(evaluated / "run", folder)
    results = json.loads((folder / "results.json").read_text())
    results["settings"] |= changes.pop("settings", {})
    for summary in (results["average"], *results["sets"].values()):
        summary |= changes
    (folder / "results.json").write_text(json.dumps(results))
    return folder


def test_compared_with_a_base_run_other_runs_and_the_paper(evaluated, guesser, tmp_path, capsys):
    shutil.copytree(evaluated / "run", tmp_path / "run")
    base = as_run(evaluated, tmp_path / "base", accuracy=0.1, tokens=8.0)
    other = as_run(evaluated, tmp_path / "other", accuracy=0.05, tokens=4.0)
    arguments = ["--base", str(base), "--compare", str(other), "--paper"]
    assert evaluate(guesser, evaluated / "data", tmp_path / "run", *arguments) == 0
    results = json.loads((tmp_path / "run/results.json").read_text())
    average = results["average"]
    expected = (8 - average["tokens"]) / 8 + 3 * (average["accuracy"] - 0.1) / 0.1
    assert results["aes"]["average"] == pytest.approx(expected)
    assert set(results["aes"]["sets"]) == {"amc2023", "math500"}
    assert results["aes"]["weights"] == {"length": 1, "better": 3, "worse": 5}
    out = capsys.readouterr().out
    [paper] = [line for line in out.splitlines() if "paper: LEAD" in line]
    assert [paper.split("|")[i].strip() for i in (2, 6, 9)] == ["53.36", "3714", "0.68"]
    line, _ = [line for line in out.splitlines() if line.startswith("| other: average")]
    assert line.split("|")[9].strip() == "-2.00"  # half as long, half as right
    assert "The paper's row is the average over math500, olympiadbench," in out
    assert evaluate(
        guesser, evaluated / "data", tmp_path / "run", *arguments, "--aes-weights", "1", "3", "1"
    ) == 0  # fmt: skip
    line, _ = [x for x in capsys.readouterr().out.splitlines() if "| other: average" in x]
    assert line.split("|")[9].strip() == "0.00"


def test_a_change_against_a_base_has_intervals(evaluated, guesser, tmp_path, capsys):
    shutil.copytree(evaluated / "run", tmp_path / "run")
    base = as_run(evaluated, tmp_path / "base")
    file = base / "results.json"
    results = json.loads(file.read_text())
    problems = results["problems"]["math500"]
    written = [row for part in generations(base / "generations/math500").values() for row in part]
    right = [[row["correct"] for row in written if row["problem"] == each] for each in range(4)]
    assert problems["correct"] == pytest.approx(list(map(statistics.fmean, right)))
    problems["tokens"] = [2 * each for each in problems["tokens"]]
    file.write_text(json.dumps(results))
    assert evaluate(guesser, evaluated / "data", tmp_path / "run", "--base", str(base)) == 0
    changed = json.loads((tmp_path / "run/results.json").read_text())["change"]
    assert list(changed) == ["average", "amc2023", "math500"]
    assert changed["math500"]["accuracy"] == [0, 0, 0]
    assert changed["math500"]["tokens"] == [-0.5, -0.5, -0.5]
    assert changed["math500"]["aes"][0] == 0.5
    line = "| run: math500 | +0.0 (+0.0 to +0.0) | -50.0 (-50.0 to -50.0) | +0.50 "
    said = capsys.readouterr().out, (tmp_path / "run/results.md").read_text()
    assert all(line in " ".join(text.split()) for text in said)
    # A record from before problems were kept.
    del results["problems"]
    file.write_text(json.dumps(results))
    assert evaluate(guesser, evaluated / "data", tmp_path / "run", "--base", str(base)) == 0
    assert "The base has no numbers by problem" in capsys.readouterr().out


def test_the_picture_has_a_panel_for_each_set_and_lines_of_equal_aes(evaluated):
    from matplotlib.contour import ContourSet

    run = load_results(evaluated / "run")
    for base, has_lines in ((None, False), (run, True)):
        axes = picture.draw([run], base, AesWeights(), paper=True).axes
        assert [each.get_title("left") for each in axes] == [
            "average over sets", "amc2023", "math500",
        ]  # fmt: skip
        for each in axes:
            lines = [artist for artist in each.get_children() if isinstance(artist, ContourSet)]
            assert bool(lines) == has_lines


@pytest.mark.usefixtures("warm_workers")
def test_a_limit_is_not_taken_for_the_first_problems(evaluated, guesser, tmp_path, capsys):
    """Which were taken once: what is generated of other problems isn't theirs."""
    out = tmp_path / "run"
    assert evaluate(guesser, evaluated / "data", out, "--limit", "2") == 0
    settings = json.loads((out / "settings.json").read_text())
    assert settings["sets"]["math500"]["spread_over"] == 4
    assert "spread_over" not in settings["sets"]["amc2023"]  # of which there are two
    del settings["sets"]["math500"]["spread_over"]
    (out / "settings.json").write_text(json.dumps(settings))
    capsys.readouterr()
    assert evaluate(guesser, evaluated / "data", out, "--limit", "2") == 2
    assert "sets.math500.spread_over is in this one only" in capsys.readouterr().err


def test_the_numbers_go_to_other_loggers_too(evaluated, guesser, tmp_path, monkeypatch):
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    logged = {}

    class Board:
        def __enter__(self):
            return self

        def __exit__(self, *_):
            logged["finished"] = True

        def log(self, values):
            logged.update(values)

    wandb = types.ModuleType("wandb")
    wandb.__spec__ = importlib.util.spec_from_loader("wandb", None)
    wandb.init = lambda **settings: logged.update(settings) or Board()
    monkeypatch.setitem(sys.modules, "wandb", wandb)
    shutil.copytree(evaluated / "run", tmp_path / "run")
    arguments = ["--log", "csv", "tensorboard", "wandb"]
    assert evaluate(guesser, evaluated / "data", tmp_path / "run", *arguments) == 0
    results = json.loads((tmp_path / "run/results.json").read_text())
    with (tmp_path / "run/results.csv").open(newline="") as file:
        rows = {row["set"]: row for row in csv.DictReader(file)}
    assert list(rows) == ["average", "amc2023", "math500"]
    [events] = (tmp_path / "run/tensorboard").glob("events*")
    board = EventAccumulator(str(events))
    board.Reload()
    accuracy = results["sets"]["math500"]["accuracy"]
    assert float(rows["math500"]["accuracy"]) == accuracy
    [scalar] = board.Scalars("eval/math500/accuracy")
    assert scalar.value == pytest.approx(accuracy)
    assert logged["eval/math500/accuracy"] == accuracy
    assert (logged["name"], logged["finished"]) == ("run", True)
    assert logged["config"]["model"] == str(guesser)


def test_a_logger_that_is_not_installed_is_said_first(evaluated, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(loggers, "_NEEDS", {"wandb": ("eval", "no_such_module")})
    assert evaluate("model", evaluated / "data", tmp_path / "out", "--log", "wandb") == 2
    assert "--log wandb needs no_such_module" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_base_run_with_other_settings_is_refused(evaluated, guesser, tmp_path, capsys):
    base = as_run(evaluated, tmp_path / "base", settings={"max_tokens": 8})
    out = evaluated / "run"
    assert evaluate(guesser, evaluated / "data", out, "--base", str(base)) == 2
    error = capsys.readouterr().err
    assert "base cannot be compared with run: max_tokens is 8 there and 6 here" in error
    assert evaluate(guesser, evaluated / "data", out, "--base", str(tmp_path)) == 2
    assert "has no results.json" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--top-p", "0"], "--top-p must be above 0 and at most 1, got 0.0"),
        (["--temperature", "-1"], "--temperature must be at least 0"),
        (["--samples", "0"], "--samples must be at least 1"),
        (["--engine", "vllm"], "--engine vllm needs"),
    ],
)
def test_bad_options_are_named(evaluated, tmp_path, capsys, arguments, message):
    assert evaluate("model", evaluated / "data", tmp_path / "run", *arguments) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


@pytest.fixture
def counted(evaluated, monkeypatch):
    """What a command would generate: its settings, and the first prompt of each set."""

    def count(out, *arguments, data=evaluated / "data"):
        asked = {}

        def generate(job, parts, devices):
            asked["sampling"] = job.sampling
            for part in parts:
                asked.setdefault(part.problem_set.name, part.requests[0].messages[0]["content"])
            raise KeyboardInterrupt

        monkeypatch.setattr(workers, "generate", generate)
        assert main(["eval", "model", "--data", str(data), "--out", str(out), *arguments]) == 2
        return asked

    return count


def test_a_preset_is_sets_a_prompt_and_sampling_unless_others_are_asked_for(
    counted, tmp_path, capsys
):
    import pyarrow
    import pyarrow.parquet
    from verl_rows import rows

    for name in PRESETS["lighteval"].sets:
        given = rows("1")
        given[0]["prompt"][0]["content"] += INSTRUCTION
        (tmp_path / "data" / name).mkdir(parents=True)
        table = pyarrow.Table.from_pylist(given)
        pyarrow.parquet.write_table(table, tmp_path / "data" / name / "test.parquet")
    data = tmp_path / "data"
    paper = counted(tmp_path / "paper", data=data)
    assert paper.pop("sampling") == engines.Sampling(0.8, 0.9, 32_768)
    assert paper == dict.fromkeys(PRESETS["paper"].sets, "What is right" + INSTRUCTION)
    theirs = ["--preset", "lighteval"]
    asked = counted(tmp_path / "theirs", *theirs, "--temperature", "0.6", data=data)
    assert asked.pop("sampling") == engines.Sampling(0.6, 0.9, 32_768)
    assert set(asked) == {*paper, "minerva"}
    assert all(text.startswith("Solve the following math") for text in asked.values())
    settings = json.loads((tmp_path / "theirs/settings.json").read_text())
    assert settings["prompt"] == PRESETS["lighteval"].prompt
    assert set(counted(tmp_path / "one", *theirs, "--sets", "minerva", data=data)) == {
        "sampling", "minerva",
    }  # fmt: skip
    capsys.readouterr()
    counted(tmp_path / "theirs", *theirs[:1], "paper", data=data)
    assert "has a run with other settings" in capsys.readouterr().err


def test_long_responses_are_counted(evaluated):
    """The share over 4,096 tokens, which no response of six has."""
    tokens = np.array([[4096, 4097], [5000, 1]])
    right = np.ones((2, 2))
    summary = summarise([Responses(right, tokens, 0 * right)])
    assert summary.long == 0.5
    results = json.loads((evaluated / "run/results.json").read_text())
    assert results["average"]["long"] == 0
    head, _, average, *_ = (evaluated / "run/results.md").read_text().splitlines()
    assert [line.split("|")[-2].strip() for line in (head, average)] == ["> 4,096 %", "0.0"]
    del results["average"]["long"]
    assert Summary.from_dict(results["average"]).long != 0  # a record from before it was counted


def test_a_set_twice_and_an_unknown_one(evaluated, tmp_path, capsys):
    out = tmp_path / "run"
    assert evaluate("model", evaluated / "data", out, sets=("math500", "math500")) == 2
    assert "--sets has math500 twice" in capsys.readouterr().err
    assert evaluate("model", evaluated / "data", out, sets=("maths500",)) == 2
    assert "there is no set 'maths500'" in capsys.readouterr().err


@pytest.fixture
def engine(guesser):
    return lambda temperature=1.0, top_p=1.0, batch_size=16, max_tokens=6: engines.load(
        "transformers", str(guesser), engines.Sampling(temperature, top_p, max_tokens), batch_size
    )


def requests(count, seeds=None):
    turns = [[{"role": "user", "content": "What is " * (1 + i % 3)}] for i in range(count)]
    seeds = seeds or range(count)
    return [parts.Request(i, 0, seed, turn) for i, (seed, turn) in enumerate(zip(seeds, turns))]  # noqa: B905


def test_a_response_depends_on_its_prompt_and_seed_alone(engine):
    together = engine().generate(requests(12))
    assert engine(batch_size=1).generate(requests(12)) == together
    assert len({response.text for response in together}) > 6
    others = engine().generate(requests(12, seeds=range(100, 112)))
    assert sum(a == b for a, b in zip(together, others, strict=True)) < 6


def test_temperature_zero_and_a_tiny_top_p_take_the_likeliest(engine):
    greedy = engine(temperature=0).generate(requests(6))
    assert engine(top_p=1e-6).generate(requests(6)) == greedy
    assert engine(temperature=0).generate(requests(6, seeds=range(7, 13))) == greedy


def test_samples_follow_the_models_distribution(engine, guesser):
    import torch

    loaded = engine(temperature=0.5, max_tokens=1)
    ids = loaded.tokenizer.apply_chat_template(
        requests(1)[0].messages, add_generation_prompt=True, return_dict=False
    )
    probability = (loaded.model(torch.tensor([ids])).logits[0, -1] / 0.5).softmax(-1)
    same = [parts.Request(0, 0, seed, requests(1)[0].messages) for seed in range(2000)]
    loaded.batch_size = 2000
    found = [response.text for response in loaded.generate(same)]
    share = found.count("hm") / 2000
    expected = probability[2].item()
    assert share == pytest.approx(expected, abs=4 * (expected * (1 - expected) / 2000) ** 0.5)


def test_a_context_too_short_is_said(engine):
    with pytest.raises(CommandError, match="context is 64 tokens, too few for a prompt of .* fit"):
        engine(max_tokens=63).generate(requests(3))


FAKE_VLLM = """
import os
import types


class SamplingParams:
    def __init__(self, **settings):
        self.__dict__ |= settings


class LLM:
    def __init__(self, model, dtype, max_model_len):
        assert dtype == "bfloat16"
        self.max_model_len = max_model_len

    def generate(self, prompts, parameters, use_tqdm):
        if "OUT_OF_MEMORY" in os.environ:
            raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB")
        for prompt, each in zip(prompts, parameters, strict=True):
            text = f"{os.environ['CUDA_VISIBLE_DEVICES']} {self.max_model_len} {each.seed} "
            text += f"{each.temperature} {each.top_p} {len(prompt['prompt_token_ids'])}"
            reason = "length" if each.seed % 2 else "stop"
            output = types.SimpleNamespace(text=text, token_ids=[1] * 4, finish_reason=reason)
            yield types.SimpleNamespace(outputs=[output])
"""


def test_vllm_gets_the_settings_and_each_gpu_its_worker(
    evaluated, guesser, tmp_path, monkeypatch, capsys
):
    """With a stand-in for vLLM's interface: what is asked of it, and on which GPU."""
    (tmp_path / "fake").mkdir()
    (tmp_path / "fake/vllm.py").write_text(FAKE_VLLM)
    monkeypatch.syspath_prepend(tmp_path / "fake")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,7")
    assert evaluate(guesser, evaluated / "data", tmp_path / "run") == 0
    rows = [row for part in generations(tmp_path / "run").values() for row in part]
    seen = set()
    for row in rows:
        gpu, context, seed, temperature, top_p, prompt = row["response"].split()
        seen.add(gpu)
        assert (context, temperature, top_p) == ("64", "0.8", "0.9")
        assert int(seed) == row["seed"]
        assert int(prompt) == len(row["prompt"].split()) + 1
        assert row["truncated"] == (row["seed"] % 2 == 1)
        assert row["tokens"] == 4
    assert seen == {"4", "7"}
    assert "32 of 32 responses" in capsys.readouterr().err
    settings = json.loads((tmp_path / "run/results.json").read_text())["settings"]
    assert settings["engine"] == "vllm"
    assert evaluate(guesser, evaluated / "data", tmp_path / "run", "--gpus", "3") == 2
    assert "--gpus 3: there are 2 (4, 7)" in capsys.readouterr().err
    (tmp_path / "run/generations/math500/0000.parquet").unlink()
    monkeypatch.setenv("OUT_OF_MEMORY", "1")
    assert evaluate(guesser, evaluated / "data", tmp_path / "run") == 2
    error = capsys.readouterr().err
    assert "the worker on GPU 4 failed: RuntimeError: CUDA out of memory." in error
    assert "(a smaller --batch-size or --max-tokens needs less). 27 of 32 responses" in error


def tiny_qwen(folder):
    """The model that the demo trains, before its training."""
    from lead_rs.demo.tiny.model import make_model, make_tokenizer

    tokenizer = make_tokenizer()
    make_model(tokenizer, 1).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@needs(MATH500)
def test_twenty_problems_of_math500(tmp_path):
    sets = [f"math500={real_data(MATH500)}"]
    command = ["eval", str(tiny_qwen(tmp_path / "model")), "--out", str(tmp_path / "run")]
    command += ["--max-tokens", "16", "--limit", "20", "--batch-size", "60", "--sets", *sets]
    assert main(command) == 0
    found = json.loads((tmp_path / "run/results.json").read_text())
    assert found["settings"]["sets"]["math500"]["problems"] == 20
    assert found["sets"]["math500"]["accuracy"] <= 0.1
    assert 0 < found["sets"]["math500"]["tokens"] <= 16


@pytest.mark.usefixtures("warm_workers")
def test_a_set_that_is_not_there_is_prepared(tmp_path, monkeypatch, capsys):
    """And so is a folder for the run; into a log goes a line a batch, if they take long enough."""
    monkeypatch.setattr("lead_rs._progress.LINE_S", 0)
    model = tiny_qwen(tmp_path / "model")
    monkeypatch.chdir(tmp_path)
    command = ["eval", str(model), "--sets", "sample", "--max-tokens", "16", "--samples", "1"]
    assert main([*command, "--batch-size", "64", "--json"]) == 0
    output = capsys.readouterr()
    found = json.loads(output.out)
    assert found == json.loads((tmp_path / "eval/model/results.json").read_text())
    assert found["settings"]["sets"]["sample"]["problems"] == 256
    assert "sample test: 256 problems in data/sample/test.parquet" in output.err
    lines = re.findall("^sample: ([0-9]+) of 256 responses, [0-9:]+ left$", output.err, re.M)
    assert lines == ["64", "128", "192"]
    assert output.err.splitlines()[-1] == "sample: 256 of 256 responses"
    assert main([*command, "--batch-size", "64", "--quiet"]) == 0
    output = capsys.readouterr()
    assert "model: average" in output.out
    assert output.err == ""


def test_a_set_is_prepared_from_files(counted, tmp_path, capsys):
    row = {"problem": "What is $1+1$?", "answer": "27"}
    file = tmp_path / "aime.jsonl"
    file.write_text(json.dumps(row) + "\n")
    data = tmp_path / "data"
    sets = ["--sets", "aime2024"]
    asked = counted(tmp_path / "run", *sets, "--from", str(file), data=data)
    assert asked["aime2024"] == row["problem"] + INSTRUCTION
    manifest = json.loads((data / "aime2024/manifest.json").read_text())
    assert manifest["sources"]["test"]["files"][0]["name"] == "aime.jsonl"
    capsys.readouterr()
    two = [*sets, "math500"]
    for given, asked in (("amc2023=x", sets), ("x", two), ("aime2024=", sets)):
        counted(tmp_path / "other", *asked, "--from", given, data=data)
        assert f"--from {given}: SET=PATH is expected" in capsys.readouterr().err
    assert not (tmp_path / "other").exists()
