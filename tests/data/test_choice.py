"""Some of a training set: by level, by number, and a part held out as the test set."""

import json
import re

import pytest

pyarrow = pytest.importorskip("pyarrow")
pytest.importorskip("pyarrow.parquet")

from lead_rs.cli import main  # noqa: E402
from lead_rs.data import preparation  # noqa: E402
from lead_rs.data.choice import Choice  # noqa: E402
from lead_rs.data.problems import DataError  # noqa: E402

# Four problems of each level, and one without.
ROWS = [
    {"problem": f"Q{number} of level {level}", "answer": str(number), "subject": "Algebra",
     "level": f"Level {level}"}
    for level in "12345"
    for number in range(4)
] + [{"problem": "Q?", "answer": "1", "subject": "Algebra", "level": "Level ?"}]  # fmt: skip
TEST = [{"problem": "Held by others", "answer": "1", "subject": "Algebra", "level": "Level 1"}]
PLAIN = [{"problem": f"Q{number}", "answer": str(number)} for number in range(40)]


@pytest.fixture
def chosen(tmp_path, write_jsonl):
    """Prepare a set with a choice; the questions of each file that is there then."""
    sources = {
        "math": {"train": write_jsonl("math.jsonl", ROWS), "test": write_jsonl("500.jsonl", TEST)},
        "deepscaler": {"train": write_jsonl("plain.jsonl", PLAIN)},
        "math500": {"test": write_jsonl("500.jsonl", TEST)},
    }

    def prepare_some(name, **choice):
        folder = tmp_path / name
        choice = Choice(**choice)
        prepared = preparation.prepare(name, folder, files=sources[name], choice=choice)
        print(*prepared.notes, sep="\n")
        return {
            file.stem: [
                row["prompt"][0]["content"].split(" Let's")[0]
                for row in pyarrow.parquet.read_table(file).to_pylist()
            ]
            for file in folder.glob("*.parquet")
        }

    return prepare_some


def levels(questions):
    return {question[-1] for question in questions}


def test_levels(chosen):
    assert levels(chosen("math")["train"]) == {"3", "4", "5"}
    assert levels(chosen("math", min_level=1)["train"]) == {"1", "2", "3", "4", "5"}
    assert levels(chosen("math", max_level=4)["train"]) == {"3", "4"}
    found = chosen("math", min_level=2, max_level=2)
    assert levels(found["train"]) == {"2"}
    assert len(found["train"]) == 4
    assert found["test"] == ["Held by others"]  # whole, whatever its level


def test_samples_keep_their_order_and_follow_the_seed(chosen):
    some = chosen("deepscaler", samples=10)["train"]
    assert len(some) == 10
    assert some == sorted(some, key=lambda question: int(question[1:]))
    assert chosen("deepscaler", samples=10)["train"] == some
    assert chosen("deepscaler", samples=10, seed=1)["train"] != some
    assert len(chosen("deepscaler", samples=1)["train"]) == 1
    assert len(chosen("deepscaler", samples=40)["train"]) == 40
    with pytest.raises(DataError, match="deepscaler: --samples 41, but there are 40 problems"):
        chosen("deepscaler", samples=41)


def test_a_part_is_held_out(chosen):
    found = chosen("deepscaler", test_ratio=0.25)
    assert (len(found["train"]), len(found["test"])) == (30, 10)
    assert not set(found["train"]) & set(found["test"])
    assert len(chosen("deepscaler", test_ratio=0.03)["test"]) == 1
    assert chosen("deepscaler", test_ratio=0.25, seed=1)["test"] != found["test"]
    # In the place of a set's own test set, of the levels and samples that are taken.
    found = chosen("math", test_ratio=0.5, samples=8, max_level=3, min_level=2)
    assert (len(found["train"]), len(found["test"])) == (4, 4)
    assert levels(found["train"] + found["test"]) == {"2", "3"}


def test_a_question_that_comes_twice_is_on_one_side(tmp_path, write_jsonl):
    rows = [{**row, "level": "Level 5"} for row in ROWS[:20] for _ in range(2)]
    rows += [{**rows[0], "problem": f"R{number}"} for number in range(400)]
    file = write_jsonl("twice.jsonl", rows)
    preparation.prepare("math", tmp_path, files={"train": file}, choice=Choice(test_ratio=0.5))
    train, test = (
        {row["prompt"][0]["content"] for row in pyarrow.parquet.read_table(file).to_pylist()}
        for file in (tmp_path / "train.parquet", tmp_path / "test.parquet")
    )
    assert not train & test
    assert len(train | test) == 420


def test_another_choice_leaves_no_test_set_behind(chosen, tmp_path):
    """Its problems are training problems again."""
    assert set(chosen("deepscaler", test_ratio=0.25)) == {"train", "test"}
    assert set(chosen("deepscaler")) == {"train"}
    chosen("deepscaler", test_ratio=0.25)
    (tmp_path / "deepscaler/test.parquet").unlink()
    assert set(chosen("deepscaler")) == {"train"}


def test_a_test_set_of_somebody_elses_is_left_alone(chosen, tmp_path):
    theirs = tmp_path / "deepscaler/test.parquet"
    theirs.parent.mkdir()
    table = pyarrow.Table.from_pylist([{"prompt": [{"content": "Theirs"}]}])
    pyarrow.parquet.write_table(table, theirs)
    assert chosen("deepscaler")["test"] == ["Theirs"]
    assert chosen("deepscaler", samples=3)["test"] == ["Theirs"]


def test_an_evaluation_set_is_taken_whole(chosen):
    assert chosen("math500") == {"test": ["Held by others"]}


def test_the_same_choice_is_up_to_date_and_another_is_not(chosen, tmp_path, capsys):
    chosen("math", min_level=4, test_ratio=0.5)
    assert "up to date" not in capsys.readouterr().out
    chosen("math", min_level=4, test_ratio=0.5)
    assert capsys.readouterr().out == f"math: {tmp_path / 'math'} is up to date\n"
    chosen("math", min_level=4)
    out = capsys.readouterr().out
    assert f"math train: 8 problems in {tmp_path / 'math/train.parquet'}\nmath test: 1 p" in out
    manifest = json.loads((tmp_path / "math" / "manifest.json").read_text())
    assert manifest["choice"] == {
        "min_level": 4, "max_level": None, "samples": None, "test_ratio": 0.0, "seed": 42,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "choice", "message"),
    [
        ("math", {"min_level": 0}, "--min-level must be from 1 to 5, got 0"),
        ("math", {"max_level": 6}, "--max-level must be from 1 to 5, got 6"),
        ("math", {"max_level": 2}, "no level is from 3 to 2: give --min-level too"),
        ("math", {"min_level": 6, "max_level": 6}, "--min-level must be from 1 to 5, got 6"),
        ("math", {"samples": 0}, "--samples must be at least 1, got 0"),
        ("math", {"test_ratio": 1.0}, "--test-ratio must be at least 0 and below 1, got 1.0"),
        ("math", {"test_ratio": -0.1}, "--test-ratio must be at least 0 and below 1, got -0.1"),
        ("math", {"test_ratio": float("nan")}, "--test-ratio must be at least 0 and below 1"),
        ("math", {"test_ratio": 0.01}, "math: --test-ratio 0.01 of 12 problems is 0"),
        ("deepscaler", {"min_level": 3}, "--min-level 3: deepscaler has no levels"),
        ("math500", {"samples": 1}, "math500 is an evaluation set: it is taken whole"),
        ("math500", {"min_level": 3}, "math500 is an evaluation set: it is taken whole"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_written(chosen, tmp_path, name, choice, message):
    with pytest.raises(DataError, match=re.escape(message)):
        chosen(name, **choice)
    assert not (tmp_path / name).exists()


def test_levels_the_wrong_way_round_need_no_further_option(chosen):
    with pytest.raises(DataError, match="no level is from 5 to 4$"):
        chosen("math", min_level=5, max_level=4)


def test_the_command(tmp_path, write_jsonl, capsys):
    file = write_jsonl("train.jsonl", ROWS)
    command = ["math", "--local-dir", str(tmp_path / "mine"), "--from", f"train={file}"]
    command += ["--min-level", "1", "--max-level", "4", "--samples", "10", "--test-ratio", "0.2"]
    assert main(["data", *command]) == 0
    assert capsys.readouterr().out == (
        f"math train: 8 problems in {tmp_path / 'mine/train.parquet'}\n"
        f"math test: 2 problems in {tmp_path / 'mine/test.parquet'}\n"
    )
    assert sorted(path.name for path in (tmp_path / "mine").iterdir()) == [
        "manifest.json", "test.parquet", "train.parquet",
    ]  # fmt: skip
    assert main(["data", *command, "--seed", "7", "--min-level", "9"]) == 2
    assert capsys.readouterr().err == "lead-rs: --min-level must be from 1 to 5, got 9\n"
    with pytest.raises(SystemExit):
        main(["data", "math", "dapo", "--local-dir", "x"])
    assert "--local-dir goes with one set at a time" in capsys.readouterr().err
