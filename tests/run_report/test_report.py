"""The page: what is on it, and that a browser shows it."""

import csv
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


def curves(html):
    """What the page's script draws, by panel."""
    text = re.search(r'id="curves">(.*?)</script>', html)[1]
    return {panel["name"]: panel for panel in json.loads(text)}


def test_one_page_with_everything_in_it(runs, tmp_path, capsys):
    html = report(runs[:1], tmp_path / "out")
    assert capsys.readouterr().out.strip() == str(tmp_path / "out/report.html")
    pictures = {file.stem for file in (tmp_path / "out").glob("*.png")}
    assert pictures == {
        *("accuracy", "length", "target_length", "lambda", "instability", "potential"),
        *("advantages", "push"),
    }
    assert set(curves(html)) == pictures
    assert all(f'<div id="{name}">' in html for name in pictures)
    # Nothing is loaded from elsewhere, nor could be.
    assert not re.search(r"\b(?:src|href)=|@import|url\(", html)
    assert "Content-Security-Policy\" content=\"default-src 'none'" in html
    # Whose library it is that draws goes with it.
    assert "Copyright (c) 2022 Leon Sorokin" in html
    assert "<td>response length, tokens: all</td><td>2665 → 2617</td>" in html
    assert "<td>val-core/deepscaler/acc/mean@4</td><td>0.625 → 0.75</td>" in html


def test_what_is_inside_the_estimator_comes_last_and_folded(runs, tmp_path):
    html = report(runs[:1], tmp_path / "out")
    first, inside = html.split("<details><summary>Inside the estimator</summary>")
    for name in ("accuracy", "length", "target_length", "lambda"):
        assert f'<div id="{name}">' in first
    for name in ("instability", "potential", "advantages", "push"):
        assert f'<div id="{name}">' in inside


def test_a_curve_has_a_place_for_every_step_of_its_panel(runs, tmp_path):
    accuracy = curves(report(runs[:1], tmp_path / "out"))["accuracy"]
    training, held_out = accuracy["curves"]
    assert accuracy["steps"] == list(range(1, 31))
    assert training["label"] == "training"
    assert training["values"] == [0.5] * 30  # LEAD's own accuracy, not the score's mean
    assert held_out["label"] == "held out: deepscaler, mean of 4"
    assert held_out["values"][3:6] == [None, 0.625, None]
    assert (training["kind"], held_out["kind"]) == (0, 1)


def test_all_that_was_logged_is_beside_it_as_a_table(runs, tmp_path):
    report(runs, tmp_path / "out")
    with (tmp_path / "out/steps.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["run"], row["step"]) for row in rows[29:31]] == [("lead", "30"), ("grpo", "1")]
    assert rows[4]["val-core/deepscaler/acc/mean@4"] == "0.625"
    assert rows[29]["lead/w_corr"] != rows[30]["lead/w_corr"] == ""


def test_two_runs_laid_over_each_other(runs, tmp_path):
    html = report(runs, tmp_path / "out")
    assert "<th>lead</th><th>grpo</th>" in html
    assert "<td>accuracy: training</td><td>0.5 → 0.5</td><td>0.51 → 0.7</td>" in html
    assert re.search(r"<td>potential P_k: correctness</td><td>[\d.]+ → [\d.]+</td><td>-</td>", html)
    length = curves(html)["length"]["curves"]
    assert [(each["label"], each["run"]) for each in length] == [
        ("lead: all", 0),
        ("lead: correct", 0),
        ("grpo: all", 1),
    ]


def test_it_opens_with_what_became_of_length_and_accuracy(runs, tmp_path):
    first, second = re.findall(r'<p class="verdict"[^>]*>(.*?)</p>', report(runs, tmp_path / "out"))
    # Lengths of other prompts every step: means over the first and the last three steps.
    assert first == (
        "<b>lead</b>: Correct responses 1,507 to 1,597 tokens, +6%; held-out accuracy 0.625 to "
        "0.750."
    )
    assert second.startswith("<b>grpo</b>: Responses 2,664 to 2,634 tokens, -1%; held-out")


def dump(path, correct):
    path.parent.mkdir(exist_ok=True)
    rows = [
        {"input": prompt, "output": "", "gts": "1", "score": 0.0, "acc": acc, "step": 5}
        for prompt, each in correct.items()
        for acc in each
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


@pytest.fixture
def validated(tmp_path):
    """A run that dumped its validations, and its rollouts in the folder before."""
    run = write_run(tmp_path / "lead/metrics.jsonl", range(1, 11))
    dump(run / "dumps/5.jsonl", {"a": [1, 1], "b": [1, 1], "c": [1, 0], "d": [0, 0]})
    dump(run / "held_out/5.jsonl", {"a": [1, 1], "b": [1, 1], "c": [1, 0], "d": [0, 0]})
    dump(run / "dumps/10.jsonl", {"x": [1, 1]})
    dump(run / "held_out/10.jsonl", {"a": [1, 1], "b": [0, 0], "c": [1, 1], "d": [1, 0]})
    log = run / "metrics.jsonl"
    log.write_text(log.read_text().replace('mean@4":0.65', 'mean@4":0.625'))
    return run


def test_a_validation_that_was_dumped_has_a_standard_error(validated, tmp_path):
    html = report([validated], tmp_path / "out")
    # Over problems: 1, 0, 1, 0.5 and, paired with what they were, 0, -1, 0.5, 0.5.
    expected = "0.625 to 0.625 ± 0.239, a change of +0.000 ± 0.354, within two standard errors"
    assert f"held-out accuracy {expected}" in html
    accuracy = curves(html)["accuracy"]
    [[low, high]] = accuracy["bands"]
    below, above = accuracy["curves"][low], accuracy["curves"][high]
    assert below["edge"]
    assert below["values"][9] == pytest.approx(0.625 - 0.2393568)
    assert above["values"][9] == pytest.approx(0.625 + 0.2393568)


@pytest.mark.parametrize("how", ["rollouts", "cut off", "other problems"])
def test_dumps_that_say_nothing_of_it_are_passed_over(validated, tmp_path, how):
    if how == "rollouts":
        dump(validated / "held_out/5.jsonl", {"a": [0, 1]})
        (validated / "held_out/10.jsonl").unlink()
    elif how == "cut off":
        last = validated / "held_out/10.jsonl"
        last.write_text(last.read_text()[:-5])
    else:
        dump(validated / "held_out/10.jsonl", {"e": [1, 1], "b": [0, 0], "c": [1, 1], "d": [1, 0]})
    html = report([validated], tmp_path / "out")
    assert ("± 0.239." if how == "other problems" else "0.625 to 0.625.") in html


def write_settings(run):
    folder = run / "hydra/.hydra"
    folder.mkdir(parents=True)
    (folder / "overrides.yaml").write_text(
        "- algorithm.adv_estimator=lead\n- +env_vars.WANDB_API_KEY=abc123\n"
        "- actor_rollout_ref.actor.ppo_max_token_len_per_gpu=9216\n"
    )
    (folder / "hydra.yaml").write_text("hydra: {job: {name: main_ppo}}\n")
    (folder / "config.yaml").write_text(
        "actor_rollout_ref: {model: {path: <b>/qwen}}\n"
        "algorithm: {adv_estimator: lead, lead_beta: 0.9, lead_lstar_mode: max_sym, gamma: 1}\n"
        "data: {train_files: [a.parquet, b.parquet]}\n"
    )
    return folder


def test_what_the_run_was_started_with(runs, tmp_path):
    write_settings(runs[0])
    html = report(runs, tmp_path / "out")
    assert "<td>model</td><td>&lt;b&gt;/qwen</td><td>-</td>" in html
    assert "<td>training data</td><td>a.parquet, b.parquet</td><td>-</td>" in html
    assert "<td>settings of LEAD</td><td>lead_beta=0.9, lead_lstar_mode=max_sym</td>" in html
    assert "Command of lead</summary><code>python -m verl.trainer.main_ppo algorithm.adv" in html
    assert "WANDB_API_KEY=***" in html
    assert "ppo_max_token_len_per_gpu=9216" in html
    assert "abc123" not in html


@pytest.mark.parametrize(
    "text",
    ["a: [", "[" * 5000, "&a [x, y]", "!!python/object/apply:os.system [exit]", "data: 3", "\0"],
)
def test_settings_that_cannot_be_read_are_left_out(runs, tmp_path, text):
    folder = write_settings(runs[0])
    for file in folder.iterdir():
        file.write_text(text)
    assert "<td>model</td>" not in report(runs, tmp_path / "out")


def test_a_run_without_lead_says_what_is_not_there(runs, tmp_path):
    html = report(runs[1:], tmp_path / "out")
    assert set(curves(html)) == {"accuracy", "length", "advantages"}
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
    assert "<h1>LEAD: &lt;b&gt;&amp;run</h1>" in html
    assert "0 to 3, from &lt;b&gt;&amp;file.jsonl" in html
    assert "&lt;b&gt;&amp;file.jsonl: line 5, the last one, is cut off" in html
    assert "val-core/&lt;b&gt;&amp;set/acc/mean@4" in html
    assert curves(html)["accuracy"]["curves"][1]["label"] == "held out: <b>&set, mean of 4"


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


def chromium(page, profile, *options):
    """What Chromium prints of a page."""
    command = [CHROMIUM, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
    command += [f"--user-data-dir={profile}", "--virtual-time-budget=20000"]
    environment = {**os.environ, "HOME": str(profile)}
    done = subprocess.run(
        [*command, *options, page.as_uri()],
        check=True,
        timeout=100,
        env=environment,
        capture_output=True,
        text=True,
    )
    return done.stdout


def screenshot(page, picture, profile):
    chromium(page, profile, "--window-size=1400,2200", f"--screenshot={picture}")
    from matplotlib.image import imread

    return (imread(picture)[..., :3] * 255).round().astype(int)


def pixels_of(image, colour):
    """How many pixels have a curve's colour."""
    target = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    return int((abs(image - target).max(-1) <= 8).sum())


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium to look at the page with")
def test_a_browser_shows_the_pictures(runs, tmp_path):
    from lead_rs import _figures

    html = report(runs, tmp_path / "out").replace("<details>", "<details open>")
    page = tmp_path / "out/open.html"
    page.write_text(html, encoding="utf-8")
    shown = screenshot(page, tmp_path / "shown.png", tmp_path / "profile")
    first, second = map(_figures.colour, (0, 1))
    assert pixels_of(shown, first) > 3000
    assert pixels_of(shown, second) > 500
    # Both columns of pictures, down to the last row, have curves.
    for column in (shown[:, :700], shown[:, 700:]):
        rows = (abs(column - [0, 114, 178]).max(-1) <= 8).any(1).nonzero()[0]
        assert rows.max() - rows.min() > 1000
    page.write_text(html.replace("new uPlot", "new noPlot"), encoding="utf-8")
    broken = screenshot(page, tmp_path / "broken.png", tmp_path / "profile")
    for colour in (first, second):  # what is left are the lines beside the verdicts
        assert pixels_of(broken, colour) < pixels_of(shown, colour) / 2


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium to look at the page with")
@pytest.mark.parametrize("width", [420, 1240])
def test_a_browser_fits_the_page_and_tells_values(runs, tmp_path, width):
    """As narrow as a telephone too, which a window cannot be; no rule asks for its width."""
    html = report(runs, tmp_path / "out")
    assert not re.search(r"@media[^{]*width", html)
    html = html.replace("max-width: 1240px", f"max-width: {width}px")
    look = """<pre></pre><script>setTimeout(() => {
        const plot = document.querySelector("#length .u-over"), box = plot.getBoundingClientRect();
        const last = { clientX: box.right - 1, clientY: box.top + 9 };
        plot.dispatchEvent(new MouseEvent("mouseenter", last));
        plot.dispatchEvent(new MouseEvent("mousemove", last));
        setTimeout(() => document.querySelector("pre").textContent = JSON.stringify({
            page: document.body.scrollWidth,
            plot: document.querySelector("#length .uplot").offsetWidth,
            values: [...document.querySelectorAll("#length .u-value")].map((e) => e.textContent),
            same: document.querySelector("#lambda .u-value").textContent,
        }), 500);
    }, 500)</script></body>"""
    page = tmp_path / "out/look.html"
    page.write_text(html.replace("</body>", look), encoding="utf-8")
    dom = chromium(page, tmp_path / "profile", "--dump-dom", "--window-size=1400,1000")
    seen = json.loads(re.search("<pre>(.*)</pre>", dom)[1])
    assert seen["page"] <= width
    assert width / 3 < seen["plot"] < width
    # The last step's, of the run that has one: and the other panels show the same step.
    assert seen["values"] == ["30", "2617", "1600", "-"]
    assert seen["same"] == "30"
