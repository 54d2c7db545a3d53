"""The page: what is on it, and that a browser shows it."""

import importlib.util
import json
import os
import re
import shutil
import subprocess

import pytest

import lead_rs
from lead_rs.cli import main

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("matplotlib") is None, reason="no matplotlib"
)
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)


def write_run(path, numbers, *, lead=True):
    """A log whose LEAD metrics are LEAD's."""
    controller = lead_rs.WeightController(lead_rs.LeadConfig(lstar_mode="max_sym"))
    rows = []
    for step in numbers:
        lengths = [1000 + 10 * step, 2000, 4000 - 20 * step, 1500, 5000, 2500]
        out = lead_rs.compute_advantage(
            [1, 1, 0, 1, 0, 0], lengths, list("aaabbb"), controller=controller
        )
        row = {
            "critic/score/mean": 0.5 + step / 100,
            "critic/advantages/mean": 0.0,
            "critic/advantages/min": float(out.advantages.min()),
            "critic/advantages/max": float(out.advantages.max()),
            "response_length/mean": sum(lengths) / 6,
        }
        if lead:
            row |= out.metrics
        if step % 5 == 0:
            row["val-core/deepscaler/acc/mean@4"] = 0.6 + step / 200
        rows.append(json.dumps({"step": step, "data": row}, separators=(",", ":")) + "\n")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(rows))
    return path.parent


@pytest.fixture
def runs(tmp_path):
    return [
        write_run(tmp_path / "lead/metrics.jsonl", range(1, 31)),
        write_run(tmp_path / "grpo/metrics.jsonl", range(1, 21), lead=False),
    ]


def report(runs, out):
    assert main(["report", *map(str, runs), "--out", str(out)]) == 0
    return (out / "report.html").read_text(encoding="utf-8")


def test_one_page_with_everything_in_it(runs, tmp_path, capsys):
    html = report(runs[:1], tmp_path / "out")
    assert capsys.readouterr().out.strip() == str(tmp_path / "out/report.html")
    pictures = {file.stem for file in (tmp_path / "out").glob("*.png")}
    assert pictures == {
        *("accuracy", "length", "target_length", "lambda", "instability", "potential"),
        *("advantages", "push"),
    }
    assert html.count("<img ") == 8
    # Nothing is loaded from elsewhere.
    assert not re.search(r'(?:src|href)="(?!data:)', html)
    assert not re.search(r"@import|url\(|<script", html)
    assert "<td>response length, tokens: all</td><td>2665 → 2617</td>" in html
    assert "<td>val-core/deepscaler/acc/mean@4</td><td>0.625 → 0.75</td>" in html


def test_two_runs_laid_over_each_other(runs, tmp_path):
    html = report(runs, tmp_path / "out")
    assert "<th>lead</th><th>grpo</th>" in html
    assert "<td>accuracy: training</td><td>0.5 → 0.5</td><td>0.51 → 0.7</td>" in html
    assert re.search(r"<td>potential P_k: correctness</td><td>[\d.]+ → [\d.]+</td><td>-</td>", html)


def test_a_run_without_lead_says_what_is_not_there(runs, tmp_path):
    html = report(runs[1:], tmp_path / "out")
    assert html.count("<img ") == 3
    assert "not logged, so not drawn: target length L*, tokens; weights lambda;" in html


def test_a_cut_off_log_is_said_on_the_page(runs, tmp_path, capsys):
    with (runs[0] / "metrics.jsonl").open("a") as file:
        file.write('{"step":31,"data":{"le')
    html = report(runs[:1], tmp_path / "out")
    note = "lead: metrics.jsonl: line 31, the last one, is cut off and left out"
    assert f'<p class="note">{note}</p>' in html
    assert note in capsys.readouterr().out


def test_names_are_text_not_markup(tmp_path):
    """The run's, its log file's (which is also in the note on the line cut off) and a metric's."""
    log = tmp_path / "<b>&run" / "<b>&file.jsonl"
    evil = write_run(log, range(3))
    metrics = {"val-core/<b>&set/acc/mean@4": 0.5}
    log.write_text(log.read_text() + json.dumps({"step": 3, "data": metrics}) + '\n{"step":4,')
    html = report([evil], tmp_path / "out")
    assert "<b>" not in html
    assert "&lt;b&gt;&amp;run: steps 0 to 3, from &lt;b&gt;&amp;file.jsonl" in html
    assert "&lt;b&gt;&amp;file.jsonl: line 5, the last one, is cut off" in html
    assert "val-core/&lt;b&gt;&amp;set/acc/mean@4" in html


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"step":1,"data":{"timing_s/gen":2.0}}\n', "none of the metrics that the report draws"),
        ("", "no log of verl's"),
    ],
)
def test_errors_are_one_line(tmp_path, capsys, text, message):
    (tmp_path / "run.jsonl").write_text(text)
    assert main(["report", str(tmp_path), "--out", str(tmp_path / "out")]) == 2
    assert message in capsys.readouterr().err
    assert main(["report", str(tmp_path), str(tmp_path), "--out", str(tmp_path / "out")]) == 2
    assert not (tmp_path / "out/report.html").exists()


def screenshot(page, picture, profile):
    command = [CHROMIUM, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
    command += [f"--user-data-dir={profile}", "--window-size=1300,2600"]
    environment = {**os.environ, "HOME": str(profile)}
    subprocess.run(
        [*command, f"--screenshot={picture}", page.as_uri()],
        check=True,
        timeout=100,
        env=environment,
        capture_output=True,
    )
    from matplotlib.image import imread

    return (imread(picture)[..., :3] * 255).round().astype(int)


def pixels_of(image, colour):
    """How many pixels have a curve's colour."""
    target = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    return int((abs(image - target).max(-1) <= 8).sum())


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium to look at the page with")
def test_a_browser_shows_the_pictures(runs, tmp_path):
    from lead_rs import _figures

    html = report(runs, tmp_path / "out")
    page = tmp_path / "out/report.html"
    shown = screenshot(page, tmp_path / "shown.png", tmp_path / "profile")
    first, second = map(_figures.colour, (0, 1))
    assert pixels_of(shown, first) > 3000
    assert pixels_of(shown, second) > 500
    # Both columns of pictures, down to the last row, have curves.
    for column in (shown[:, :650], shown[:, 650:]):
        rows = (abs(column - [0, 114, 178]).max(-1) <= 8).any(1).nonzero()[0]
        assert rows.max() - rows.min() > 1000
    page.write_text(html.replace("base64,", "base64,broken"), encoding="utf-8")
    broken = screenshot(page, tmp_path / "broken.png", tmp_path / "profile")
    assert pixels_of(broken, first) == pixels_of(broken, second) == 0
