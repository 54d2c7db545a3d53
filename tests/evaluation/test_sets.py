"""Sets of problems: what is read, and what is refused."""

import hashlib
import importlib.util
from pathlib import Path

import pytest
from verl_rows import rows

from lead_rs._errors import CommandError
from lead_rs.evaluation.presets import INSTRUCTION, PAPER_SETS, PRESETS
from lead_rs.evaluation.sets import SAMPLES, load_set
from needs_data import needs, real_data

pytestmark = pytest.mark.skipif(importlib.util.find_spec("pyarrow") is None, reason="no pyarrow")
MATH500 = "math/test.parquet"


def test_a_set_by_name(write_set):
    data = write_set("aime2024", "12")
    found = load_set("aime2024", data)
    assert (found.name, found.samples) == ("aime2024", 10)
    assert [problem.truth for problem in found.problems] == [["1"], ["2"]]
    assert found.problems[1].messages == [{"role": "user", "content": "What is very right"}]
    assert found.sha256 == hashlib.sha256(found.path.read_bytes()).hexdigest()
    assert len(load_set("aime2024", data, limit=1, samples=4).problems) == 1
    assert load_set("aime2024", data, samples=4).samples == 4


def test_samples_are_those_of_sober_reasoning():
    assert {name: SAMPLES[name] for name in PAPER_SETS} == {
        "math500": 3,
        "olympiadbench": 3,
        "aime2024": 10,
        "aime2025": 10,
        "amc2023": 10,
    }


def test_a_prompt_of_its_own_asks_the_question_alone(write_set):
    data = write_set("sample", "12")
    prompt = PRESETS["lighteval"].prompt
    with pytest.raises(CommandError, match=r"row 0: .* does not end in \" Let's think step by"):
        load_set("sample", data, prompt=prompt)
    given = rows("12")
    for row in given:
        row["prompt"][0]["content"] += r" {x}" + INSTRUCTION
    first, _ = load_set("sample", write_set("sample", given), prompt=prompt).problems
    assert first.messages == [{"role": "user", "content": (
        "Solve the following math problem efficiently and clearly.  The last line of your response "
        "should be of the following format: 'Therefore, the final answer is: $\\boxed{ANSWER}$. I "
        "hope it is correct' (without quotes) where ANSWER is just the final number or expression "
        "that solves the problem. Think step by step before answering.\n\nWhat is right {x}"
    )}]  # fmt: skip


def test_the_presets():
    """The authors' own has Minerva besides, and the same sampling."""
    paper, lighteval = PRESETS["paper"], PRESETS["lighteval"]
    assert paper.sets == PAPER_SETS
    assert lighteval.sets == (*PAPER_SETS, "minerva")
    assert SAMPLES["minerva"] == 3
    for preset in (paper, lighteval):
        assert (preset.temperature, preset.top_p, preset.max_tokens, preset.seed) == (
            0.8, 0.9, 32_768, 0,
        )  # fmt: skip


def test_a_set_by_file(write_set):
    path = write_set("x", "12") / "x/test.parquet"
    found = load_set(f"mine={path}", Path("nowhere"))
    assert (found.name, found.samples, len(found.problems)) == ("mine", 3, 2)


def test_one_of_several_truths_is_enough(write_set):
    given = rows("12")
    for row in given:
        row["reward_model"]["ground_truth"] = ["7", "\\frac{1}{2}"]
    [problem, _] = load_set("sample", write_set("sample", given)).problems
    assert problem.grade("so \\boxed{\\dfrac12}")
    assert not problem.grade("so \\boxed{8}")
    assert not problem.grade("7")


def changed(**columns):
    given = rows("12")
    for row in given:
        row.update(columns)
    return given


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([{"question": "?", "answer": "1"}], "has no column prompt, reward_model: it has"),
        (changed(prompt="What is 1?"), "row 0: prompt must be a list of turns"),
        (changed(prompt=[{"role": "user"}]), "row 0: prompt must be a list of turns"),
        (changed(prompt=[]), "row 0: prompt must be a list of turns"),
        (changed(reward_model={"ground_truth": " "}), "row 0: reward_model must have a ground_tr"),
        (changed(reward_model={"style": "rule"}), "row 0: reward_model must have a ground_truth"),
        (changed(reward_model={"ground_truth": ["1", ""]}), "row 0: reward_model must have"),
        (changed(reward_model="1"), "row 0: reward_model must have a ground_truth, got '1'"),
    ],
)
def test_bad_sets_are_named(write_set, given, message):
    data = write_set("sample", given)
    with pytest.raises(CommandError, match=message):
        load_set("sample", data)


def test_what_data_writes_is_taken_with_a_warning(write_set, caplog):
    """A problem twice, and a truth that no answer can be shown to be: they count all the same."""
    given = rows("121}")
    given[2] = given[0]
    given[3]["reward_model"] = {"ground_truth": "}{"}
    data = write_set("sample", given)
    assert [problem.truth for problem in load_set("sample", data).problems] == [
        ["1"], ["2"], ["1"], ["}{"],
    ]  # fmt: skip
    repeat, unmatched = [record.getMessage() for record in caplog.records]
    assert "1 of 4 problems ask what a row before asked, and count again: row 2" in repeat
    assert "1 of 4 problems have a truth that no answer can be shown to be, and count as wrong" in (
        unmatched
    )
    assert unmatched.endswith(": row 3")


def test_one_truth_of_several_that_can_be_matched_is_enough(write_set, caplog):
    load_set("sample", write_set("sample", changed(reward_model={"ground_truth": ["}{", "1"]})))
    assert not [record for record in caplog.records if "can be shown" in record.getMessage()]


def test_of_many_repeats_the_first_rows_are_named(write_set, caplog):
    given = rows("1" * 12)
    load_set("sample", write_set("sample", given[:1] * 11))
    load_set("sample", write_set("sample", given[:1] * 12))
    few, many = [record.getMessage() for record in caplog.records]
    assert few.endswith(": row 1, 2, 3, 4, 5, 6, 7, 8, 9, 10")
    assert many.endswith(": row 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, ...")


def test_a_limit_is_spread_over_the_set(write_set):
    data = write_set("sample", "123456789")
    taken = load_set("sample", data, limit=3)
    assert [problem.truth for problem in taken.problems] == [["1"], ["4"], ["7"]]
    assert taken.total == 9
    assert len(load_set("sample", data, limit=20).problems) == 9


def test_no_problems(write_set, tmp_path):
    import pyarrow
    import pyarrow.parquet

    data = write_set("sample", "12")
    path = data / "sample/test.parquet"
    pyarrow.parquet.write_table(pyarrow.parquet.read_table(path).slice(0, 0), path)
    with pytest.raises(CommandError, match="has no problem"):
        load_set("sample", data)
    path.write_bytes(b"PAR1 not really")
    with pytest.raises(CommandError, match="cannot be read as parquet"):
        load_set("sample", data)
    with pytest.raises(CommandError, match=r"minerva: .* is not there; lead-rs data minerva"):
        load_set("minerva", data)
    with pytest.raises(CommandError, match="mine: none.parquet is not there$"):
        load_set("mine=none.parquet", data)
    with pytest.raises(CommandError, match=r"--sets '\.\./mine': a set's name is"):
        load_set("../mine=none.parquet", data)
    with pytest.raises(CommandError, match="--sets average: so is the average over sets called"):
        load_set("average=none.parquet", data)
    with pytest.raises(CommandError, match="there is no set 'aime24': math500, .*NAME=FILE"):
        load_set("aime24", data)


@needs(MATH500)
def test_every_truth_of_math500_grades_equal_to_itself():
    assert len(load_set(f"math500={real_data(MATH500)}", Path()).problems) == 500
