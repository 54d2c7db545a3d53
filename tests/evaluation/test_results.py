"""A run's record and its parts by themselves: what compares, what goes on, what is damaged."""

import dataclasses
import importlib.util
import json
import re
from pathlib import Path

import numpy as np
import pytest

import lead_rs
from lead_rs._errors import CommandError
from lead_rs.evaluation import parts, results
from lead_rs.evaluation.engines import Sampling
from lead_rs.evaluation.sets import Problem, ProblemSet
from lead_rs.evaluation.statistics import AesWeights, Problems, Responses, summarise

needs_pyarrow = pytest.mark.skipif(importlib.util.find_spec("pyarrow") is None, reason="no pyarrow")

SETTINGS = {
    **{"model": "a", "engine": "vllm", "temperature": 0.8, "top_p": 0.9, "max_tokens": 6},
    **{"prompt": None, "seed": 0, "part_size": 5},
    "sets": {"one": {"file": "1", "sha256": "a", "problems": 2, "samples": 2}},
}


def a_run(correct=((1, 0), (0, 0)), settings=SETTINGS):
    """A run on one set of two problems, 10 tokens each."""
    right = np.array(correct, float)
    responses = Responses(right, np.full(right.shape, 10.0), 0 * right)
    summary = summarise([responses])
    return results.Run("run", settings, {"one": summary}, summary, {"one": Problems.of(responses)})


def test_a_description_has_everything_that_the_responses_depend_on():
    problems = [Problem([], ["1"])] * 2
    sets = [
        ProblemSet(name, Path(f"{name}.parquet"), "a", problems, 3, total)
        for name, total in (("whole", 2), ("some", 4))
    ]
    described = results.describe(
        "model", "vllm", Sampling(0.8, 0.9, 6), sets, prompt="{question}", seed=1, part_size=5
    )
    common = {"sha256": "a", "problems": 2, "samples": 3}
    assert described == {
        **{"model": "model", "engine": "vllm", "temperature": 0.8, "top_p": 0.9, "max_tokens": 6},
        **{"prompt": "{question}", "seed": 1, "part_size": 5},
        "sets": {
            "whole": {"file": "whole.parquet", **common},
            "some": {"file": "some.parquet", **common, "spread_over": 4},
        },
    }


def test_versions_are_of_what_is_there(monkeypatch):
    def version(package):
        if package != "numpy":
            raise results.importlib.metadata.PackageNotFoundError(package)
        return "1.2"

    monkeypatch.setattr(results.importlib.metadata, "version", version)
    found = results.versions()
    assert list(found) == ["python", "lead_rs", "numpy"]
    assert (found["lead_rs"], found["numpy"]) == (lead_rs.__version__, "1.2")


def test_a_record_is_read_as_it_was_written(tmp_path):
    run = a_run()
    data = results.finish(tmp_path, SETTINGS, [{"python": "3"}], run, None, AesWeights())
    assert data.keys() == {"settings", "versions", "sets", "average", "problems"}
    read = results.load(tmp_path)
    assert (read.name, read.settings, read.sets) == (tmp_path.name, SETTINGS, run.sets)
    assert read.average == run.average
    assert read.problems["one"].correct.tolist() == [0.5, 0]
    assert read.problems["one"].tokens.tolist() == [10, 10]


def test_what_is_undefined_against_a_base_is_null(tmp_path):
    run, never_right = a_run(), a_run(correct=((0, 0), (0, 0)))
    results.finish(tmp_path, SETTINGS, [], run, never_right, AesWeights())
    written = json.loads((tmp_path / "results.json").read_text())
    assert written["aes"]["sets"] == {"one": None}
    assert written["aes"]["average"] is None
    assert written["change"]["one"]["aes"] == [None] * 3
    assert written["change"]["one"]["accuracy"][0] == 0.25
    results.finish(tmp_path, SETTINGS, [], run, run, AesWeights())
    written = json.loads((tmp_path / "results.json").read_text())
    assert (written["aes"]["sets"], written["aes"]["average"]) == ({"one": 0}, 0)
    assert written["change"]["one"]["accuracy"] == [0] * 3
    assert written["change"]["one"]["aes"][0] == 0


def test_changes_need_the_problems_of_both():
    run = a_run()
    without = dataclasses.replace(run, problems={})
    assert list(results.changes(run, run, AesWeights())) == ["average", "one"]
    for each, base in ((run, without), (without, run), (without, without)):
        assert results.changes(each, base, AesWeights()) == {}


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"top_p": 1}, "top_p is 0.9 there and 1 here"),
        ({"prompt": "{question}"}, "prompt is None there and '{question}' here"),
        ({"sets": {}}, "one is in one only"),
        ({"sets": SETTINGS["sets"] | {"two": {}}}, "two is in this one only"),
        ({"sets": {"one": SETTINGS["sets"]["one"] | {"sha256": "b", "samples": 3}}},
         "one.sha256 is 'a' there and 'b' here; one.samples is 2 there and 3 here"),
    ],
)  # fmt: skip
def test_only_the_same_questions_in_the_same_way_compare(changed, message):
    base = a_run()
    with pytest.raises(CommandError, match=f"^run cannot be compared with new: {message}$"):
        results.check_comparable("new", SETTINGS | changed, base)
    elsewhere = {"one": SETTINGS["sets"]["one"] | {"file": "2"}}
    results.check_comparable("new", SETTINGS | {"model": "b", "sets": elsewhere}, base)
    before = {name: value for name, value in SETTINGS.items() if name != "prompt"}
    results.check_comparable("new", before, base)


def test_each_start_with_other_versions_is_noted_once(tmp_path, monkeypatch):
    first, second = {"python": "1"}, {"python": "2"}
    known = []
    for version in (first, first, second, second, first):
        monkeypatch.setattr(results, "versions", lambda version=version: version)
        known.append(results.begin(tmp_path, SETTINGS))
    assert known == [[first], [first], [first, second], [first, second], [first, second]]
    assert json.loads((tmp_path / "settings.json").read_text()) == SETTINGS | {
        "versions": known[-1]
    }


def test_a_folder_with_another_run_is_left_as_it_is(tmp_path):
    results.begin(tmp_path, SETTINGS)
    before = (tmp_path / "settings.json").read_text()
    with pytest.raises(CommandError, match="settings: seed is 0 there and 1 here. Use another"):
        results.begin(tmp_path, SETTINGS | {"seed": 1})
    assert (tmp_path / "settings.json").read_text() == before
    (tmp_path / "settings.json").write_text(json.dumps(SETTINGS | {"sets": None}))
    with pytest.raises(CommandError, match="settings: sets is None there and {'one'"):
        results.begin(tmp_path, SETTINGS)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("[]", "is not a JSON object"),
        ("{}", r"is not an evaluation's: KeyError\('sets'\)"),
    ],
)
def test_a_record_that_is_none_is_named(tmp_path, text, message):
    file = tmp_path / "results.json"
    with pytest.raises(CommandError, match="has no results.json"):
        results.load(tmp_path)
    file.write_text(text)
    with pytest.raises(CommandError, match=f"^{re.escape(str(file))} {message}"):
        results.load(tmp_path)


@pytest.mark.parametrize(
    "problems",
    [
        [],
        {"a": 1},
        {"a": {"correct": [1], "tokens": [1, 2]}},
        {"a": {"correct": [], "tokens": []}},
        {"a": {"correct": [[1]], "tokens": [[1]]}},
    ],
)
def test_a_record_with_other_problems_is_refused(tmp_path, problems):
    data = results.finish(tmp_path, SETTINGS, [], a_run(), None, AesWeights())
    (tmp_path / "results.json").write_text(json.dumps(data | {"problems": problems}))
    with pytest.raises(CommandError, match="is not an evaluation's"):
        results.load(tmp_path)


def a_plan(folder, names="a", size=2):
    """Three problems of three messages, two samples of each, in parts."""
    turns = [("system", "Be short."), ("user", "Hi."), ("user", "What is 1?")]
    messages = [{"role": role, "content": content} for role, content in turns]
    problems = [Problem(messages, ["1"])] * 3
    sets = [ProblemSet(name, Path(name), "", problems, 2, 3) for name in names]
    return sets, parts.parts(sets, folder, seed=0, size=size)


def answers(part, right=0):
    """Right to one problem; the length is the place."""
    return [
        parts.Generation("\\boxed{1}" if each.problem == right else "no", number, each.sample == 1)
        for number, each in enumerate(part.requests)
    ]


def test_parts_ask_for_every_sample_of_every_problem(tmp_path):
    _, plan = a_plan(tmp_path, "ab", size=4)
    asked = [(each.problem, each.sample) for each in plan[0].requests + plan[1].requests]
    assert asked == [(0, 0), (1, 0), (2, 0), (0, 1), (1, 1), (2, 1)]
    assert [len(part.requests) for part in plan] == [4, 2, 4, 2]
    assert [part.path for part in plan] == [
        tmp_path / name / f"000{number}.parquet" for name in "ab" for number in (0, 1)
    ]
    seeds = [each.seed for part in plan for each in part.requests]
    assert len(set(seeds)) == len(seeds)
    assert all(0 <= seed < 2**31 for seed in seeds)
    assert seeds[0] == 1243155421  # as it was: a run that is there goes on with these
    _, others = a_plan(tmp_path, "ab", size=5)
    assert seeds == [each.seed for part in others for each in part.requests]


@needs_pyarrow
def test_what_is_written_of_each_set_is_read_of_it(tmp_path):
    import pyarrow.parquet

    sets, plan = a_plan(tmp_path, "ab")
    for part in plan:
        part.path.parent.mkdir(exist_ok=True)
        right = 0 if part.problem_set is sets[0] else 1
        parts.write(part, answers(part, right))
    row = pyarrow.parquet.ParquetFile(plan[0].path).read().to_pylist()[0]
    assert (row["prompt"], row["ground_truth"], row["response"]) == (
        "What is 1?", ["1"], "\\boxed{1}",
    )  # fmt: skip
    for each, correct in zip(sets, ([1, 0, 0], [0, 1, 0]), strict=True):
        found = parts.read(each, plan)
        assert found.correct.tolist() == [[solved] * 2 for solved in correct]
        assert found.tokens.tolist() == [[0, 1], [1, 0], [0, 1]]
        assert found.truncated.tolist() == [[0, 1]] * 3


@needs_pyarrow
def test_a_part_with_too_few_responses_is_not_written(tmp_path):
    _, [part, *_] = a_plan(tmp_path)
    part.path.parent.mkdir()
    with pytest.raises(ValueError, match="shorter"):
        parts.write(part, answers(part)[:1])
    assert list(part.path.parent.iterdir()) == []


@needs_pyarrow
def test_a_part_with_empty_values_is_damaged(tmp_path):
    import pyarrow.parquet

    [each], [part, *_] = a_plan(tmp_path)
    part.path.parent.mkdir()
    parts.write(part, answers(part))
    table = pyarrow.parquet.ParquetFile(part.path).read().drop_columns("correct")
    nothing = pyarrow.array([True, None])
    pyarrow.parquet.write_table(table.append_column("correct", nothing), part.path)
    with pytest.raises(CommandError, match=r"0000.parquet is damaged \(it has empty values\)"):
        parts.read(each, [part])


@needs_pyarrow
def test_a_part_of_another_plan_is_refused(tmp_path):
    [each], [first, second, *_] = a_plan(tmp_path)
    first.path.parent.mkdir()
    parts.write(second, answers(second))
    second.path.rename(first.path)
    with pytest.raises(CommandError, match="0000.parquet has other responses than planned"):
        parts.read(each, [first])
    first.path.write_bytes(first.path.read_bytes()[:100])
    with pytest.raises(CommandError, match=r"0000.parquet is damaged \(.*delete it"):
        parts.read(each, [first])
