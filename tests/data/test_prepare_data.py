"""The preparation of data on files in the column layouts of the sets they read."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import lead_rs
from needs_data import needs, real_data

pyarrow = pytest.importorskip("pyarrow")
pytest.importorskip("pyarrow.parquet")

from lead_rs.cli import main  # noqa: E402
from lead_rs.data import preparation, problems, sets, sources  # noqa: E402
from lead_rs.data.choice import Choice  # noqa: E402

REFERENCE = [f"math/{split}.parquet" for split in ("train", "test")]
INSTRUCTION = " Let's think step by step and output the final answer within \\boxed{}."

MATH = [
    {"problem": "What is $1+1$?", "solution": "\\boxed{2}", "answer": "2", "subject": "Algebra",
     "level": 5, "unique_id": "train/algebra/1.json"},
    {"problem": "Too easy.", "solution": "1", "answer": "1", "subject": "Algebra", "level": 2,
     "unique_id": "train/algebra/2.json"},
    {"problem": "What is $\\frac12+1$?", "solution": "", "answer": "\\frac{3}{2}",
     "subject": "Prealgebra", "level": 3, "unique_id": "train/prealgebra/3.json"},
]  # fmt: skip
MATH500 = [{**MATH[0], "problem": "What is $2+2$?", "answer": "4", "level": 1}]

DAPO_BEFORE = (
    "Solve the following math problem step by step. The last line of your response should be of "
    "the form Answer: $Answer (without quotes) where $Answer is the answer to the problem.\n\n"
)
DAPO_AFTER = '\n\nRemember to put your answer on its own line after "Answer:".'


def dapo(question, answer, index="9a9b6eb4"):
    return {
        "data_source": "math_dapo",
        "prompt": [{"content": DAPO_BEFORE + question + DAPO_AFTER, "role": "user"}],
        "ability": "MATH",
        "reward_model": {"ground_truth": answer, "style": "rule-lighteval/MATH_v2"},
        "extra_info": {"index": index},
    }


def olympiad(**columns):
    return {
        "id": 1606,
        "question": "Determine $c$.",
        "solution": ["..."],
        "final_answer": ["$\\frac{1}{2}$"],
        "context": None,
        "image_1": None,
        "image_2": None,
        "modality": "Text-only",
        "difficulty": "Competition",
        "is_multiple_answer": False,
        "unit": None,
        "answer_type": "Numerical",
        "error": None,
        "question_type": "Open-ended",
        "subfield": "Algebra",
        "subject": "Math",
        "language": "English",
        **columns,
    }


def read(folder, split="test"):
    return pyarrow.parquet.read_table(folder / f"{split}.parquet").to_pylist()


@pytest.fixture
def run(tmp_path, write_jsonl):
    """Prepare a set from rows; its folder."""

    def prepare_rows(name, **rows):
        files = {split: write_jsonl(f"source/{split}.jsonl", of) for split, of in rows.items()}
        prepared = preparation.prepare(name, tmp_path / name, files=files)
        print(*prepared.notes, sep="\n")
        return tmp_path / name

    return prepare_rows


def test_math(run):
    folder = run("math", train=MATH, test=MATH500)
    assert read(folder, "train") == [
        {
            "data_source": "deepscaler",
            "prompt": [{"content": "What is $1+1$?" + INSTRUCTION, "role": "user"}],
            "ability": "math",
            "reward_model": {"ground_truth": "2", "style": "rule"},
            "extra_info": {"index": 0, "level": "5", "split": "train", "subject": "Algebra"},
        },
        {
            "data_source": "deepscaler",
            "prompt": [{"content": "What is $\\frac12+1$?" + INSTRUCTION, "role": "user"}],
            "ability": "math",
            "reward_model": {"ground_truth": "\\frac{3}{2}", "style": "rule"},
            "extra_info": {"index": 1, "level": "3", "split": "train", "subject": "Prealgebra"},
        },
    ]
    [test] = read(folder)
    assert test["extra_info"] == {"index": 0, "level": "1", "split": "test", "subject": "Algebra"}


@needs(REFERENCE[0])
@needs(REFERENCE[1])
def test_math_is_the_reference_row_for_row(run):
    """Turned back into the upstream columns, the reference's rows come out as they were."""
    reference, test = (pyarrow.parquet.read_table(real_data(name)) for name in REFERENCE)
    kept = {row["extra_info"]["index"]: row for row in reference.to_pylist()}
    source = []
    for index in range(max(kept) + 1):
        source.append({"problem": f"Easy {index}", "answer": "1", "subject": "Algebra", "level": 1})
        if index in kept:
            info = kept[index]["extra_info"]
            [turn] = kept[index]["prompt"]
            source.append(
                {
                    "problem": turn["content"].removesuffix(INSTRUCTION),
                    "answer": kept[index]["reward_model"]["ground_truth"],
                    "subject": info["subject"],
                    "level": int(info["level"]),
                }
            )
        else:  # what the reference has left out too
            source.append({**source[-1], "answer": "", "level": 4})
    tests = test.to_pylist()
    test_source = [
        {
            "problem": row["prompt"][0]["content"].removesuffix(INSTRUCTION),
            "answer": row["reward_model"]["ground_truth"],
            "subject": "Algebra",
            "level": 1,
        }
        for row in tests
    ]
    folder = run("math", train=source, test=test_source)

    ours = pyarrow.parquet.read_table(folder / "train.parquet")
    assert ours.schema.remove_metadata() == reference.schema.remove_metadata()
    assert ours.to_pylist() == reference.to_pylist()
    assert ours.num_rows == 8521
    for written, expected in zip(read(folder), tests, strict=True):
        info = written.pop("extra_info")
        assert {key: info[key] for key in ("index", "split")} == expected.pop("extra_info")
        assert written == expected


def test_dapo_loses_its_instructions_and_repeats(run):
    rows = [dapo("What is $1+1$?", "2"), dapo("Find $x$.\n\n$x = 3$", "3")] * 20
    folder = run("dapo", train=rows)
    first, second = read(folder, "train")
    assert first["prompt"][0]["content"] == "What is $1+1$?" + INSTRUCTION
    assert second["prompt"][0]["content"] == "Find $x$.\n\n$x = 3$" + INSTRUCTION
    assert [row["extra_info"]["index"] for row in (first, second)] == [0, 1]
    assert json.loads((folder / "manifest.json").read_text())["splits"]["train"]["repeats"] == 38


def test_the_same_question_with_different_answers_is_left_out(run):
    rows = [dapo(f"What is ${n}+1$?", str(n + 1)) for n in range(60)]
    rows += [dapo("What is $7+1$?", "9"), dapo("What is $8+1$?", "18/2")]
    rows.insert(50, dapo("What is $x$?", ""))
    folder = run("dapo", train=rows)
    questions = [row["prompt"][0]["content"] for row in read(folder, "train")]
    assert len(questions) == 59
    assert "What is $7+1$?" + INSTRUCTION not in questions
    assert "What is $8+1$?" + INSTRUCTION in questions
    left_out = json.loads((folder / "manifest.json").read_text())["splits"]["train"]["left_out"]
    reason = "the same question has different answers"
    assert left_out == [
        {"index": 7, "reason": reason},
        {"index": 50, "reason": "no answer"},
        {"index": 61, "reason": reason},
    ]


@pytest.mark.parametrize(
    ("name", "row", "question", "answer"),
    [
        ("deepscaler", {"problem": "Q", "answer": "-\\frac{2}{3}", "solution": ""}, "Q",
         "-\\frac{2}{3}"),
        ("aime2024", {"id": 60, "problem": "Q", "solution": "", "answer": "025", "url": "",
                      "year": "2024"}, "Q", "25"),
        ("aime2025", {"problem": "Q", "answer": "70", "id": "0"}, "Q", "70"),
        ("aime2025", {"question": "Q", "answer": 70}, "Q", "70"),
        ("amc2023", {"id": 0, "question": "Q", "answer": "27", "url": ""}, "Q", "27"),
        ("amc2023", {"id": 0, "problem": "Q", "answer": 27.0, "url": ""}, "Q", "27"),
        ("minerva", {"question": "Q", "answer": "4.5e33"}, "Q", "4.5e33"),
        ("olympiadbench", olympiad(), "Determine $c$.", "\\frac{1}{2}"),
        ("olympiadbench", olympiad(context="Let $T=1$."), "Let $T=1$.\nDetermine $c$.",
         "\\frac{1}{2}"),
        ("olympiadbench", olympiad(final_answer=["$1$,$-7$"]), "Determine $c$.", "1,-7"),
    ],
)  # fmt: skip
def test_evaluation_and_other_sets(run, name, row, question, answer):
    [split] = sets.SETS[name]
    [written] = read(run(name, **{split: [row]}), split)
    assert written["prompt"] == [{"role": "user", "content": question + INSTRUCTION}]
    assert written["reward_model"]["ground_truth"] == answer


def test_olympiadbench_takes_only_what_text_can_ask(run):
    others = [
        olympiad(language="Chinese"),
        olympiad(subject="Physics"),
        olympiad(modality="Multimodal"),
        olympiad(image_1={"bytes": "..."}),
        olympiad(final_answer=None, question_type="Theorem proof"),
    ]
    assert len(read(run("olympiadbench", test=[*others, olympiad()]))) == 1


def test_all_files_of_all_sets_can_be_read_together(run):
    """verl concatenates files, and refuses to where their columns differ."""
    datasets = pytest.importorskip("datasets")
    folders = [
        run("math", train=MATH, test=MATH500),
        run("dapo", train=[dapo("Q", "1")]),
        run("minerva", test=[{"question": "Q", "answer": "1"}]),
    ]
    files = [str(file) for folder in folders for file in folder.glob("*.parquet")]
    loaded = [pyarrow.parquet.read_table(file) for file in files]
    together = datasets.concatenate_datasets([datasets.Dataset(table) for table in loaded])
    assert len(together) == 5


def test_manifest(run, tmp_path):
    folder = run("math", train=MATH, test=MATH500)
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["set"] == "math"
    assert manifest["lead_rs"] == lead_rs.__version__
    [file] = manifest["sources"]["train"]["files"]
    assert file == {
        "name": "train.jsonl",
        "sha256": sources.sha256(tmp_path / "source" / "train.jsonl"),
    }
    for split, count in (("train", 2), ("test", 1)):
        entry = manifest["splits"][split]
        assert entry["rows"] == count
        assert entry["sha256"] == sources.sha256(folder / entry["file"])


def test_what_is_there_already_is_left_alone(run, capsys):
    folder = run("math", train=MATH, test=MATH500)
    before = {file: file.stat().st_mtime_ns for file in folder.iterdir()}
    run("math", train=MATH, test=MATH500)
    assert {file: file.stat().st_mtime_ns for file in folder.iterdir()} == before
    assert "is up to date" in capsys.readouterr().out


@pytest.mark.parametrize(
    "damage", ["changed", "gone", "no manifest", "torn manifest", "another manifest"]
)
def test_what_is_damaged_is_written_again(run, damage):
    folder = run("math", train=MATH, test=MATH500)
    whole = {file.name: file.read_bytes() for file in folder.iterdir()}
    if damage == "changed":
        (folder / "train.parquet").write_bytes(b"PAR1")
    elif damage == "gone":
        (folder / "test.parquet").unlink()
    elif damage == "no manifest":
        (folder / "manifest.json").unlink()
    elif damage == "another manifest":
        (folder / "manifest.json").write_text("[]")
    else:
        (folder / "manifest.json").write_bytes(whole["manifest.json"][:40])
    run("math", train=MATH, test=MATH500)
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == whole


def test_what_is_there_already_is_written_again_if_asked_to(run, tmp_path):
    folder = run("math", train=MATH, test=MATH500)
    before = {file: file.stat().st_mtime_ns for file in folder.iterdir()}
    files = {split: tmp_path / f"source/{split}.jsonl" for split in ("train", "test")}
    preparation.prepare("math", folder, files=files, force=True)
    assert all(file.stat().st_mtime_ns > before[file] for file in folder.iterdir())


def test_a_folder_is_made_with_those_above_it(tmp_path):
    preparation.prepare("sample", tmp_path / "new/data/sample")
    assert len(read(tmp_path / "new/data/sample")) == 256


@pytest.mark.parametrize(("count", "usual"), [(28, False), (29, True), (31, True), (32, False)])
def test_another_number_of_problems_than_the_sets_is_said(run, capsys, count, usual):
    run("aime2024", test=[{"problem": f"Q{n}", "answer": "1"} for n in range(count)])
    out = capsys.readouterr().out
    assert out.startswith(f"aime2024 test: {count} problems in ")
    assert ("; about 30 were expected: is the source the whole set?" in out) == (not usual)


def test_each_split_has_its_own_usual_number(run, capsys):
    run("math", train=MATH, test=MATH500)
    train, test = capsys.readouterr().out.splitlines()
    assert "about 8,521 were expected" in train
    assert "about 500 were expected" in test


@pytest.mark.parametrize(("name", "what"), [("deepscaler", "dropped"), ("minerva", "kept")])
def test_repeats_are_said(run, capsys, name, what):
    [split] = sets.SETS[name]
    rows = [{"question": f"Q{n}", "answer": "1"} for n in range(19)]
    folder = run(name, **{split: [*rows, rows[0]]})
    assert f"; 1 repeats {what}" in capsys.readouterr().out
    assert len(read(folder, split)) == (20 if what == "kept" else 19)


def test_another_source_is_written(run):
    run("math", train=MATH, test=MATH500)
    folder = run("math", train=MATH[:1], test=MATH500)
    assert len(read(folder, "train")) == 1


def test_a_write_cut_short_leaves_no_half_file(run, monkeypatch):
    folder = run("math", train=MATH, test=MATH500)

    def full(table, path):
        Path(path).write_bytes(b"half")
        raise OSError("No space left on device")

    monkeypatch.setattr(pyarrow.parquet, "write_table", full)
    with pytest.raises(OSError, match="No space"):
        run("math", train=MATH[:1], test=MATH500)
    assert len(read(folder, "train")) == 2
    assert sorted(file.name for file in folder.iterdir()) == ["test.parquet", "train.parquet"]


@pytest.mark.parametrize(
    ("name", "rows", "message"),
    [
        ("aime2025", [{"question": "Q"}], "row 1 of the source: no column 'answer'; there are: "
         "'question'"),
        ("aime2025", [{"answer": "1"}], "no column 'problem' or 'question'"),
        ("aime2025", [{"problem": 3, "answer": "1"}], "'problem' must be text, got 3"),
        ("aime2025", [{"problem": "Q", "answer": "1/2"}], "number from 0 to 999, got '1/2'"),
        ("amc2023", [{"problem": "Q", "answer": ["1"]}], "'answer' must be text or a number"),
        ("amc2023", ["Q"], "a row must have named columns, got 'Q'"),
        ("amc2023", [], "amc2023 test: no problems in the source"),
        ("amc2023", [{"problem": "Q", "answer": None}], "0: no answer: Q -> ''"),
        ("amc2023", [{"problem": " ", "answer": "1"}], "0: no question"),
        ("minerva", [{"question": "Q", "answer": "$$"}], "0: no answer: Q -> '$$'"),
        ("deepscaler", [{"problem": "Q", "answer": "\\frac{1"}], "in a box is not graded right"),
        ("minerva", [{"question": "Q", "answer": "1"}, {"question": "Q", "answer": "2"}],
         "the same question has different answers"),
        ("minerva", [{"question": f"Q{n % 20}", "answer": "1"} for n in range(40)],
         "20 of 40 problems are there a second time"),
        ("math500", [{**MATH[0], "level": "hard"}], "level from 1 to 5, got 'hard'"),
        ("olympiadbench", [olympiad(final_answer="1")], "'final_answer' must be a list"),
        ("dapo", [dapo("Q", "1") | {"prompt": "Q"}], "'prompt' must be one turn"),
        ("dapo", [dapo("Q", "1") | {"prompt": [{"content": "Q"}]}], "DAPO's instruction text"),
        ("dapo", [dapo("Q", "1") | {"prompt": [{"role": "user"}]}], "no column 'content'"),
        ("dapo", [dapo("Q", "1") | {"prompt": ["Q"]}], "'prompt' must be one turn"),
        ("dapo", [dapo("Q", "1") | {"reward_model": "1"}], "must hold a ground_truth"),
        ("minerva", [{"question": "Q " * 99, "answer": ""}], f"no answer: {'Q ' * 29}Q… -> ''"),
        ("minerva", [{"question": f"Q{n}", "answer": "1" if n else ""} for n in range(40)],
         "1 of 40 problems cannot be used, and at most 0 may be left out of this set"),
    ],
)  # fmt: skip
def test_bad_data_is_refused_and_nothing_written(run, tmp_path, name, rows, message):
    [split] = sets.SETS[name]
    with pytest.raises(problems.DataError, match=re.escape(message)):
        run(name, **{split: rows})
    assert not (tmp_path / name).exists()


def test_a_few_unusable_training_problems_are_left_out_and_many_refused(run, capsys):
    good = [{"problem": f"Q{n}", "answer": "1"} for n in range(99)]
    bad = [{"problem": f"B{n}", "answer": ""} for n in range(7)]
    folder = run("deepscaler", train=[*bad[:1], *good])
    rows = read(folder, "train")
    assert [row["extra_info"]["index"] for row in rows] == list(range(1, 100))
    assert "1 unusable ones left out" in capsys.readouterr().out
    with pytest.raises(problems.DataError, match="7 of 106 problems cannot be used, and at most 5"):
        run("deepscaler", train=bad + good)


def test_an_evaluation_problem_that_nobody_can_solve_stays_and_is_named(run, capsys):
    rows = [{"question": "Q", "answer": "\\frac{1}{n"}, {"question": "R", "answer": "1"}]
    folder = run("minerva", test=rows)
    assert len(read(folder)) == 2
    reason = "the answer in a box is not graded right"
    entry = json.loads((folder / "manifest.json").read_text())["splits"]["test"]
    assert entry["unmatched"] == [{"index": 0, "reason": reason}]
    assert "1 that no response can match" in capsys.readouterr().out


def test_a_problem_whose_answer_cannot_be_read_stays_and_is_warned_of(run, capsys):
    rows = [{"problem": f"Q{n}", "answer": answer} for n, answer in enumerate(["1", "5 ((", "x"])]
    folder = run("deepscaler", train=rows)
    assert len(read(folder, "train")) == 3
    entry = json.loads((folder / "manifest.json").read_text())["splits"]["train"]
    (named,) = entry["unreadable"]
    assert named["index"] == 1
    assert named["reason"] == lead_rs.check_truths(["5 (("])[0].reason
    assert "warning: 1 with an answer that the grader cannot read" in capsys.readouterr().out


def test_an_answer_the_grader_does_not_take_for_itself_is_refused(run, monkeypatch):
    right, wrong = lead_rs.grade("1", "1"), lead_rs.grade("1", "2")
    monkeypatch.setattr(problems.lead_rs, "grade", lambda a, b, **_: wrong if a == "7" else right)
    with pytest.raises(problems.DataError, match="0: the answer is not graded equal to itself: Q"):
        run("minerva", test=[{"question": "Q", "answer": "7"}])


def test_training_problems_of_the_test_set_are_left_out(run):
    train = [{**MATH[0], "problem": f"Q{n}"} for n in range(30)]
    folder = run("math", train=train, test=[{**MATH[0], "problem": "Q3"}])
    assert len(read(folder, "train")) == 29


def test_levels_as_the_original_has_them(run):
    row = {"problem": "Q", "type": "Algebra", "answer": "2", "level": "Level 4"}
    rows = [row, {**row, "problem": "R", "level": "Level ?"}]
    folder = run("math", train=rows, test=MATH500)
    assert [row["extra_info"]["level"] for row in read(folder, "train")] == ["4"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"problem": "Q", "answer": "1"}\n{"problem": "R", "ans', "line 2: not JSON"),
        ('[{"problem": "Q",\n "answer": }]', "line 2: not JSON"),
        ('\n{"problem": "Q", "answer": "1"}\n \n{"problem": "R", "ans', "line 4: not JSON"),
    ],
)
def test_a_cut_off_file_is_named_with_its_line(tmp_path, text, message):
    file = tmp_path / "test.json"
    file.write_text(text)
    with pytest.raises(problems.DataError, match=message):
        preparation.prepare("amc2023", tmp_path / "out", files={"test": file})


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(json.dumps({"problem": name, "answer": "1"}) + "\n" for name in "QR"),
        "\n" + json.dumps([{"problem": name, "answer": "1"} for name in "QR"], indent=1),
    ],
    ids=["lines with empty ones between", "a list"],
)
def test_json(tmp_path, text):
    file = tmp_path / "test.json"
    file.write_text(text)
    source = sources.from_files(sets.SETS["amc2023"]["test"], file)
    assert [row["problem"] for row in source.rows] == ["Q", "R"]
    assert source.total is None


def test_csv(tmp_path):
    file = tmp_path / "test.csv"
    file.write_text('\ufeffproblem,answer\n"What is $(1,2)$, ""exactly""?\nSay.",2\nQ,3\n')
    out = tmp_path / "out"
    assert (
        preparation.prepare("amc2023", out, files={"test": file}).manifest["splits"]["test"]["rows"]
        == 2
    )
    first, _ = pyarrow.parquet.read_table(out / "test.parquet").to_pylist()
    question = first["prompt"][0]["content"].removesuffix(INSTRUCTION)
    assert question == 'What is $(1,2)$, "exactly"?\nSay.'
    assert first["reward_model"]["ground_truth"] == "2"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("problem,answer\nWhat is 1, or 2?,3\n", "line 2: not as many values as there are names"),
        ("problem,answer\nQ,1\nR\n", "line 3: not as many values as there are names"),
        ('problem,answer\n"Q"x,1\n', "after line 1: not CSV"),
        ("question;answer\nQ;1\n", "no column 'problem' or 'question'"),
        ('problem,answer\n"Q,1\n', "not CSV"),
    ],
)
def test_csv_that_is_none_is_named_with_its_line(tmp_path, text, message):
    (tmp_path / "test.csv").write_text(text)
    with pytest.raises(problems.DataError, match=message):
        preparation.prepare("amc2023", tmp_path / "out", files={"test": tmp_path / "test.csv"})


@pytest.mark.parametrize("name", ["amc2023", "deepscaler", "dapo"])
def test_rows_of_verls_can_be_used_as_they_are(tmp_path, name):
    preparation.prepare("sample", tmp_path / "sample")
    file = tmp_path / "sample/test.parquet"
    split = next(iter(sets.SETS[name]))
    with pytest.raises(problems.DataError, match="row 1 of the source is in verl's format already"):
        preparation.prepare(name, tmp_path / "out", files={split: file})
    assert not (tmp_path / "out").exists()


def test_files_that_cannot_be_read(tmp_path):
    split = sets.SETS["amc2023"]["test"]
    (tmp_path / "test.parquet").write_bytes(b"not parquet")
    for path, message in [
        (tmp_path / "none", "no such file or folder"),
        (tmp_path / "test.parquet", "not a readable parquet file"),
        (Path(__file__), "must be one of .parquet, .jsonl, .json"),
        (Path(__file__).parent, "in this folder"),
    ]:
        with pytest.raises(problems.DataError, match=message):
            sources.from_files(split, path)


def test_a_copy_of_a_repository_is_read_by_its_names(tmp_path, write_jsonl):
    """Shards of the split are joined, other splits and configurations passed over."""
    (tmp_path / "copy" / "data").mkdir(parents=True)
    for number, problem in enumerate(MATH):
        shard = f"train-{number:05}-of-00003.parquet"
        table = pyarrow.Table.from_pylist([problem])
        pyarrow.parquet.write_table(table, tmp_path / "copy" / "data" / shard)
    test = tmp_path / "copy" / "data" / "test-00000-of-00001.parquet"
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(MATH500), test)
    source = sources.from_files(sets.SETS["math"]["train"], tmp_path / "copy")
    assert source.total == 3
    assert [row["problem"] for row in source.rows] == [row["problem"] for row in MATH]

    name = "OlympiadBench/{0}/{0}.jsonl"
    write_jsonl("bench/" + name.format("OE_TO_maths_en_COMP"), [olympiad()])
    write_jsonl("bench/" + name.format("OE_MM_physics_zh_CEE"), [olympiad(subject="Physics")])
    source = sources.from_files(sets.SETS["olympiadbench"]["test"], tmp_path / "bench")
    assert [row["subject"] for row in source.rows] == ["Math"]


def test_files_of_several_kinds_are_read_together_in_their_order(tmp_path, write_jsonl):
    write_jsonl("all/b.jsonl", MATH[1:2])
    for name, problem in ("c", MATH[2]), ("a", MATH[0]):
        table = pyarrow.Table.from_pylist([problem])
        pyarrow.parquet.write_table(table, tmp_path / f"all/{name}.parquet")
    (tmp_path / "all/README.md").write_text("Not one of them.")
    source = sources.from_files(sets.SETS["deepscaler"]["train"], tmp_path / "all")
    assert [file["name"] for file in source.revision["files"]] == [
        "a.parquet", "b.jsonl", "c.parquet",
    ]  # fmt: skip
    assert source.total is None
    assert [row["problem"] for row in source.rows] == [row["problem"] for row in MATH]


def test_the_hub(tmp_path, monkeypatch, write_jsonl):
    """The commit is looked up, loaded and recorded."""
    datasets = pytest.importorskip("datasets")
    huggingface_hub = pytest.importorskip("huggingface_hub")
    asked = []

    class Hub:
        def dataset_info(self, repository, revision):
            asked.append((repository, revision))
            return type("Info", (), {"sha": "c0ffee"})

    def load(repository, subset, split, revision):
        asked.append((repository, subset, split, revision))
        return datasets.Dataset.from_list([{"question": "Q", "answer": "27", "id": 0}])

    monkeypatch.setattr(huggingface_hub, "HfApi", Hub)
    monkeypatch.setattr(datasets, "load_dataset", load)
    manifest = preparation.prepare("amc2023", tmp_path, revision="main").manifest
    assert asked == [("math-ai/amc23", "main"), ("math-ai/amc23", None, "test", "c0ffee")]
    assert manifest["sources"]["test"] == {
        "repository": "math-ai/amc23", "split": "test", "commit": "c0ffee",
    }  # fmt: skip
    assert len(read(tmp_path)) == 1
    asked.clear()
    source = sources.from_hub(sets.SETS["olympiadbench"]["test"], None)
    subset = "OE_TO_maths_en_COMP"
    assert asked[1] == ("Hothan/OlympiadBench", subset, "train", "c0ffee")
    assert source.revision["subset"] == subset


def test_a_hub_out_of_reach_says_what_to_do(tmp_path, monkeypatch):
    huggingface_hub = pytest.importorskip("huggingface_hub")
    pytest.importorskip("datasets")

    class Hub:
        def dataset_info(self, repository, revision):
            raise ConnectionError("no route")

    monkeypatch.setattr(huggingface_hub, "HfApi", Hub)
    with pytest.raises(problems.DataError, match="no route.*give --from"):
        preparation.prepare("amc2023", tmp_path)


def test_the_sample(tmp_path):
    preparation.prepare("sample", tmp_path / "a")
    preparation.prepare("sample", tmp_path / "b")
    for name in ("train.parquet", "test.parquet"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    train, test = read(tmp_path / "a", "train"), read(tmp_path / "a")
    assert (len(train), len(test)) == (2048, 256)
    questions = {row["prompt"][0]["content"] for row in train + test}
    assert len(questions) == 2304
    assert {row["extra_info"]["subject"] for row in test} == {"Arithmetic", "Algebra"}
    levels = [row["extra_info"]["level"] for row in train]
    assert set(levels) == {"1", "2", "3", "4"}
    assert levels.count("1") > 900


def test_the_sample_answers_are_right(tmp_path):
    """Checked by other means than they were made with."""
    sympy = pytest.importorskip("sympy")
    preparation.prepare("sample", tmp_path)
    x = sympy.Symbol("x")

    def parse(latex):
        text = re.sub(r"\\frac\{(\d+)\}\{(\d+)\}", r"Rational(\1, \2)", latex)
        text = text.replace("\\times", "*").replace("^", "**")
        text = re.sub(r"(\d)(x|\()", r"\1*\2", text)
        return sympy.sympify(text, locals={"x": x})

    for row in read(tmp_path):
        [expression] = re.findall(r"\$([^$]{2,})\$", row["prompt"][0]["content"])
        answer = row["reward_model"]["ground_truth"]
        if "=" in expression:
            left, right = map(parse, expression.split("="))
            solutions = sorted(sympy.solve(left - right, x))
            assert solutions == [parse(part) for part in answer.split(",")]
        else:
            assert sympy.expand(parse(expression) - parse(answer)) == 0


def prepare_cli(*arguments):
    script = Path(__file__).parents[2] / "data" / "prepare.py"
    return subprocess.run(
        [sys.executable, str(script), *map(str, arguments)], capture_output=True, text=True
    )


def test_the_command(tmp_path, write_jsonl):
    source = write_jsonl("math/train.jsonl", MATH).parent
    write_jsonl("math/test.jsonl", MATH500)
    done = prepare_cli("math", "--from", source, "--out", tmp_path)
    assert done.returncode == 0, done.stderr
    assert f"math train: 2 problems in {tmp_path}/math/train.parquet; about 8,521" in done.stdout
    done = prepare_cli("math", "--from", f"train={source}/train.jsonl", "--out", tmp_path)
    assert done.returncode == 2
    assert done.stderr == "lead-rs: --from: math also needs test=PATH\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nope"], "invalid choice: 'nope'"),
        (["math", "dapo", "--from", "x"], "--from goes with one set at a time"),
        (["dapo", "--from", "test=x"], "dapo has no split test, but ['train']"),
        (["sample", "--from", "x"], "sample is made up"),
    ],
)
def test_the_command_says_what_is_wrong(arguments, message, capsys):
    with pytest.raises(SystemExit):
        sys.exit(main(["data", *arguments]))
    assert message in capsys.readouterr().err


def test_a_path_may_have_an_equals_sign(tmp_path):
    path = tmp_path / "lr=1" / "test.jsonl"
    files = preparation.files_by_split("math", Choice(), [str(path)])
    assert files == {"train": path, "test": path}
    files = preparation.files_by_split("math", Choice(), [str(path), f"test={path}x"])
    assert files == {"train": path, "test": Path(f"{path}x")}


def test_an_unknown_set(tmp_path):
    with pytest.raises(problems.DataError, match="unknown set 'nope'; there are: math, "):
        preparation.prepare("nope", tmp_path)
