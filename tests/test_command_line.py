"""What all commands have in common: help, JSON, notes, progress, and errors in a sentence."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import io
import json
import logging
import shlex
import subprocess
import sys

import pytest

from lead_rs import _progress
from lead_rs._progress import Pace, Progress
from lead_rs.cli import COMMANDS, _parser, main, terminal
from lead_rs.data import example_rollouts

NAMES = [command.name for command in COMMANDS]
RUN = ["--allow-missing", "--base", "lstar_mode=max_sym,bmax=128,lstar_min=4,min_length=0"]

needs_pictures = pytest.mark.skipif(
    not all(map(importlib.util.find_spec, ("matplotlib", "pyarrow"))),
    reason="matplotlib and pyarrow are not both installed",
)


def test_the_program_has_a_name():
    [entry] = importlib.metadata.entry_points(group="console_scripts", name="lead-rs")
    assert entry.load() is main


def test_a_bare_call_prints_help(capsys):
    assert main([]) == 0
    output = capsys.readouterr()
    assert output.out.startswith("usage: lead-rs ")
    assert output.err == ""
    for command in COMMANDS:
        assert f"\n    {command.name} " in output.out


@pytest.mark.parametrize("name", NAMES)
def test_help_has_a_sentence_and_an_example(name, capsys):
    with pytest.raises(SystemExit) as status:
        main([name, "--help"])
    assert status.value.code == 0
    text = capsys.readouterr().out
    [command] = [command for command in COMMANDS if command.name == name]
    assert f"\n{command.sentence[0].upper()}" in text
    assert "\nexample:\n  " in text
    for option in ("--json", "--quiet", "--verbose"):
        assert f"\n  {option} " in text


@pytest.mark.parametrize("command", COMMANDS, ids=NAMES)
def test_the_examples_can_be_given(command):
    for line in command.example.splitlines():
        words = shlex.split(line, comments=True)
        program = words.index("lead-rs")
        assert all("=" in word for word in words[:program])
        assert _parser().parse_args(words[program + 1 :]).command is command


@needs_pictures
def test_results_as_json(tmp_path, capsys):
    """Of the commands whose own tests do not look at it."""

    def found(*arguments):
        assert main([*map(str, arguments), "--json", "--quiet"]) == 0
        return json.loads(capsys.readouterr().out)

    sample = found("data", "sample", "--out", tmp_path)["sample"]
    assert sample["folder"] == str(tmp_path / "sample")
    assert sample["splits"]["test"]["rows"] == 256
    replayed = found(
        *("replay", example_rollouts(), *RUN, "--set", "beta=0.5", "--out", tmp_path / "replay")
    )
    assert replayed["steps"] == [0, 10, 20, 30, 40]
    slow, fast = (replayed["settings"][label] for label in ("base", "beta=0.5"))
    assert slow["weights"]["correctness"] != fast["weights"]["correctness"]
    assert slow["advantages"]["correct, long"] < slow["advantages"]["correct, short"]
    log = tmp_path / "run.jsonl"
    log.write_text('{"step": 1, "data": {"critic/score/mean": 0.5, "lead/w_corr": 0.5}}\n{"step"')
    report = found("report", log, "--out", tmp_path / "report")
    assert report["page"] == str(tmp_path / "report/report.html")
    assert "lambda" in report["panels"]
    assert "cut off" in report["notes"]["run.jsonl"][0]


def test_a_check_as_json(capsys):
    status = main(["check", "--json"])
    found = json.loads(capsys.readouterr().out)
    assert found["ready"] == (status == 0)
    assert {"python", "lead_rs", "core", "CUDA"} <= {each["subject"] for each in found["findings"]}
    assert logging.root.manager.disable == 0


@needs_pictures
@pytest.mark.parametrize(
    "spoil",
    [
        lambda out: out.write_text("a file"),
        lambda out: (out / "replay.png").mkdir(parents=True),
        lambda out: (out / "replay.md").mkdir(parents=True),
        lambda out: (out / "steps.csv").mkdir(parents=True),
    ],
    ids=["a file for the folder", "folder.png", "folder.md", "folder.csv"],
)
def test_what_the_system_refuses_is_one_sentence(tmp_path, capsys, spoil):
    out = tmp_path / "out"
    spoil(out)
    command = ["replay", str(example_rollouts()), *RUN, "--out", str(out)]
    assert main(command) == 2
    line = capsys.readouterr().err.splitlines()[-1]
    assert line.startswith(f"lead-rs: {out}")
    assert " cannot be used: " in line
    assert main([*command, "--verbose"]) == 2
    assert "Traceback" in capsys.readouterr().err


def test_an_output_that_cannot_be_written_is_one_sentence(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert main(["data", "sample", "--out", str(tmp_path / "file")]) == 2
    assert capsys.readouterr().err.splitlines()[-1].startswith(f"lead-rs: {tmp_path}/file/sample ")


def test_a_reader_that_has_seen_enough_is_no_error():
    pairs = '{"answer": "1", "truth": "1"}\n' * 5000
    command = f"{shlex.quote(sys.executable)} -m lead_rs grade --file - | head -1"
    done = subprocess.run(command, shell=True, input=pairs, capture_output=True, text=True)
    assert json.loads(done.stdout)["correct"]
    assert done.stderr == ""


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_progress_off_a_terminal_is_a_line_a_part(capsys, monkeypatch):
    monkeypatch.setattr(_progress, "LINE_S", 0)
    with terminal.notes(logging.INFO), Progress("responses", 12, done=2) as progress:
        progress.part("aime2024", 5)
        progress.part("math500", 5)
    first, last = capsys.readouterr().err.splitlines()
    assert first.startswith("aime2024: 7 of 12 responses, ")
    assert first.endswith(" left")
    assert last == "math500: 12 of 12 responses"


def test_progress_of_small_parts_is_the_last_line(capsys):
    with terminal.notes(logging.INFO), Progress("rows", None) as progress:
        for _ in range(2500):
            progress.part("math train")
    assert capsys.readouterr().err == "math train: 2,500 rows\n"


def test_progress_on_a_terminal_is_rewritten_and_gone_at_last(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setattr(_progress, "REWRITTEN_S", 0)
    with terminal.notes(logging.INFO), Progress("rows", 2) as progress:
        progress.part("math")
        progress.part("math")
        logging.getLogger("lead_rs").info("a note")
    clear = _progress.CLEAR_LINE
    first, second, note, gone = sys.stderr.getvalue().split(clear)[1:]
    assert first.startswith("math: 1 of 2 rows")
    assert (second, note, gone) == ("math: 2 of 2 rows", "a note\n", "")


def test_no_progress_unless_notes_are_taken(capsys):
    with Progress("rows", 2) as progress:
        progress.part("math", 2)
    with terminal.notes(logging.WARNING), Progress("rows", 2) as progress:
        progress.part("math", 2)
    assert capsys.readouterr().err == ""


def test_one_slow_part_moves_the_time_that_is_left_a_little():
    pace = Pace()
    assert pace.left(10) == ""
    for _ in range(20):
        pace.passed(10)
    assert pace.left(30) == "5:00"
    pace.passed(60)
    assert pace.left(30) == "10:00"
    pace.passed(10)
    assert pace.left(300) == "1:30:00"


TABLE = "| a | b |\n|---|---|\n| 1 | 2 |\n\nmore"


def test_tables_are_drawn_where_rich_and_a_terminal_are(monkeypatch):
    rich = importlib.util.find_spec("rich") is not None
    monkeypatch.setattr(sys, "stdout", Terminal())
    terminal.show(TABLE, markdown=True)
    assert (TABLE in sys.stdout.getvalue()) is not rich
    assert "more" in sys.stdout.getvalue()
    monkeypatch.setattr(terminal.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(sys, "stdout", Terminal())
    terminal.show(TABLE, markdown=True)
    terminal.finding(False, "no GPU")
    assert sys.stdout.getvalue() == f"{TABLE}\nFAIL  no GPU\n"
