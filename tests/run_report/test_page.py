"""The page and the table of runs made by hand."""

import csv
import datetime
import os
import re

import pytest

from lead_rs.report import page, panels
from lead_rs.report.run import Run
from lead_rs.report.table import write_steps
from lead_rs.runs.logs import Log
from lead_rs.runs.settings import Settings

LENGTHS = {"response_length/mean": 100.0}
EVERYTHING = {
    name: 1.0 for panel in panels.PANELS for each in panel.lines.values() for name in each
}
STARTED = datetime.datetime(2026, 3, 4, 5, 6, tzinfo=datetime.timezone.utc)


@pytest.fixture
def make(tmp_path):
    """Makes a run of these steps, whose files were written at these times."""

    def make(steps=None, settings=None, times=(0,), notes=()):
        files = [tmp_path / f"{number}.jsonl" for number in range(len(times))]
        for file, time in zip(files, times, strict=True):
            file.touch()
            os.utime(file, (time, time))
        return Run(Log(files, steps or {1: LENGTHS}, list(notes)), {}, settings)

    return make


def shown(**runs):
    drawn = {panel.name: panels.drawing(panel, runs) for panel in panels.PANELS}
    return page.page(runs, {name: drawing for name, drawing in drawn.items() if drawing})


def test_what_is_absent_is_named_and_nothing_else(make):
    assert "not logged, so not drawn: accuracy; target length L*, tokens;" in shown(run=make())
    html = shown(run=make({1: EVERYTHING}))
    assert "not drawn" not in html
    assert '<p class="note">' not in html


def test_what_there_is_nothing_of_has_no_place(make):
    html = shown(run=make({1: {"lead/w_corr": 0.5}}))
    assert "Inside the estimator" not in html
    assert "<summary>Command" not in html
    assert '<p class="verdict"' not in html
    html = shown(run=make({1: {"lead/D_corr": 0.5}}))
    assert html.count('<div class="panels">') == 1
    assert "Inside the estimator" in html


def test_several_runs_are_told_apart_by_name_and_one_needs_none(make):
    settings = Settings(None, "python -m <it>", {})
    html = shown(a=make(settings=settings))
    assert re.search(r'<p class="verdict"[^>]*>Responses 100 to 100 tokens', html)
    assert re.search(r'<div class="facts"[^>]*><div[^>]*><table[^>]*><tr><td>steps</td>', html)
    assert "<summary>Command</summary><code>python -m &lt;it&gt;</code>" in html
    html = shown(**{"<a>": make(settings=settings), "b": make()})
    assert re.search(r'<p class="verdict"[^>]*><b>&lt;a&gt;</b>: Responses', html)
    facts = r'<div class="facts"[^>]*><div[^>]*><table[^>]*><tr><th></th><th>&lt;a&gt;</th>'
    assert re.search(facts + "<th>b</th></tr>", html)
    assert "<summary>Command of &lt;a&gt;</summary>" in html
    assert "Command of b" not in html
    assert "<a>" not in html


def test_a_verdict_has_the_colour_of_its_run(make):
    silent = make({1: {"lead/w_corr": 0.5}})
    html = shown(a=make(), b=silent, **{f"run{number}": make() for number in range(2, 9)})
    colours = re.findall(r'class="verdict" style="border-color: var\(--run(\d)\)"', html)
    assert colours == list("02345601")
    assert '<div class="facts" style="--runs: 9">' in html


def test_when_a_run_started_and_when_it_last_logged(make):
    times = (1e9, 1.1e9, 1.05e9)
    last = "<td>last logged</td><td>2004-11-09 11:33 UTC</td>"
    assert last in shown(run=make(times=times))
    assert "<td>started</td>" not in shown(run=make(times=times))
    html = shown(run=make(times=times, settings=Settings(STARTED, "", {"model": "qwen"})))
    assert f"<td>started</td><td>2026-03-04 05:06 UTC</td></tr><tr>{last}" in html
    assert "<td>model</td><td>qwen</td>" in html
    html = shown(run=make(settings=Settings(None, "", {"model": "qwen"})))
    assert "<td>started</td>" not in html
    assert "<td>model</td><td>qwen</td>" in html


def test_the_steps_and_the_notes_are_those_of_each_run(make):
    html = shown(a=make(dict.fromkeys(range(3, 9), LENGTHS), notes=["<cut off>"]), b=make())
    assert "<td>3 to 8, from 0.jsonl</td><td>1 to 1, from 0.jsonl</td>" in html
    assert '<p class="note">a: &lt;cut off&gt;</p>' in html


def test_no_name_ends_the_script_that_the_curves_are_in(make):
    html = shown(**{"</script>": make(), "b": make()})
    assert re.search(r'id="curves">[^<]*\\u003c/script>[^<]*</script>', html)


def test_the_table_has_a_row_a_step_and_its_columns_by_name(make, tmp_path):
    names = [f"critic/{letter}" for letter in "hgfedcba"]
    steps = {1: dict.fromkeys(names, 0.5), 2: {"step": 9.0, "run": 7.0}}
    write_steps({"a": make(steps), "b": make()}, tmp_path / "steps.csv")
    with (tmp_path / "steps.csv").open(newline="") as file:
        head, *rows = csv.reader(file)
    assert head[2:10] == sorted(names)
    assert [row[:3] for row in rows] == [["a", "1", "0.5"], ["a", "2", ""], ["b", "1", ""]]
