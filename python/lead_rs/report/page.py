"""The report as one HTML file that needs nothing beside it, no network either."""

from __future__ import annotations

import dataclasses
import datetime
import importlib.resources
import json
from collections.abc import Mapping, Sequence
from html import escape

from lead_rs import __version__
from lead_rs.report import panels
from lead_rs.report.run import Run
from lead_rs.report.verdict import verdict

# A browser that reads this loads nothing, whatever names and numbers there are in a log.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"


def page(runs: Mapping[str, Run], drawings: Mapping[str, panels.Drawing]) -> str:
    """Compose the page.

    Args:
        runs: the runs by their names.
        drawings: each panel that has something to show, by its name.

    Returns:
        HTML, curves, styles and scripts within.
    """
    title = f"LEAD: {escape(' and '.join(runs))}"
    shown = [panel for panel in panels.PANELS if panel.name in drawings]
    absent = [panel.title for panel in panels.PANELS if panel.name not in drawings]
    notes = [f"{name}: {note}" for name, run in runs.items() for note in run.log.notes]
    if absent:
        notes.append(f"not logged, so not drawn: {'; '.join(absent)}")
    head, rows = panels.summary(runs)
    body = [
        f"<h1>{title}</h1>",
        *_verdicts(runs),
        _facts(runs),
        *(f'<p class="note">{escape(note)}</p>' for note in notes),
        '<p class="soft">Point at a curve for its values; drag over steps to zoom, double-click '
        "to go back.</p>",
        "<noscript><p>The pictures need JavaScript. They are PNG files beside this page, and "
        "their numbers are in steps.csv.</p></noscript>",
        _figures([panel for panel in shown if not panel.internal]),
        _folded("Inside the estimator", _figures([panel for panel in shown if panel.internal])),
        _folded("First and last step", _table(head, rows)),
        *(_folded(f"Command{_of(name, runs)}", text) for name, text in _commands(runs).items()),
        f'<p class="soft">lead-rs {escape(__version__)}, {_time(_now())}. Pictures by uPlot.</p>',
        f'<script type="application/json" id="curves">{_curves(shown, drawings)}</script>',
        f"<script>/*\n{_asset('uPlot.LICENSE')}*/\n{_asset('uPlot.iife.min.js')}</script>",
        f"<script>{_asset('report.js')}</script>",
    ]
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{_asset('uPlot.min.css')}{_asset('report.css')}</style>"
        "</head><body>" + "\n".join(filter(None, body)) + "</body></html>\n"
    )


def _verdicts(runs: Mapping[str, Run]) -> list[str]:
    texts = {name: verdict(run) for name, run in runs.items()}
    return [
        f'<p class="verdict" style="border-color: var(--run{position % 7})">'
        f"{f'<b>{escape(name)}</b>: ' if len(runs) > 1 else ''}{escape(text)}</p>"
        for position, (name, text) in enumerate(texts.items())
        if text
    ]


def _facts(runs: Mapping[str, Run]) -> str:
    """What each run was: steps, model, settings, date."""
    facts = {name: dict(_facts_of(run)) for name, run in runs.items()}
    labels = dict.fromkeys(label for each in facts.values() for label in each)
    rows = [[label, *(each.get(label, "-") for each in facts.values())] for label in labels]
    # As wide for each run, however long the settings of one are.
    table = _table(["", *runs] if len(runs) > 1 else [], rows)
    return f'<div class="facts" style="--runs: {len(runs)}">{table}</div>'


def _facts_of(run: Run) -> list[tuple[str, str]]:
    steps = list(run.log.steps)
    files = ", ".join(file.name for file in run.log.files)
    written = max(file.stat().st_mtime for file in run.log.files)
    last = datetime.datetime.fromtimestamp(written, datetime.timezone.utc)
    facts = [("steps", f"{steps[0]} to {steps[-1]}, from {files}")]
    if run.settings is None:
        return [*facts, ("last logged", _time(last))]
    if run.settings.started is not None:
        facts.append(("started", _time(run.settings.started)))
    return [*facts, ("last logged", _time(last)), *run.settings.shown.items()]


def _commands(runs: Mapping[str, Run]) -> dict[str, str]:
    return {
        name: f"<code>{escape(run.settings.command)}</code>"
        for name, run in runs.items()
        if run.settings and run.settings.command
    }


def _of(name: str, runs: Mapping[str, Run]) -> str:
    return f" of {name}" if len(runs) > 1 else ""


def _figures(shown: Sequence[panels.Panel]) -> str:
    figures = "".join(
        f'<figure aria-label="{escape(panel.title)}"><h2>{escape(panel.title)}</h2>'
        f'<div id="{panel.name}"></div><figcaption>{escape(panel.caption)}</figcaption></figure>'
        for panel in shown
    )
    return f'<div class="panels">{figures}</div>' if figures else ""


def _folded(summary: str, content: str) -> str:
    if not content:
        return ""
    return f"<details><summary>{escape(summary)}</summary>{content}</details>"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = "".join(_row(cells, "td") for cells in rows)
    first = _row(head, "th") if head else ""
    return f'<div class="scroll"><table class="plain">{first}{lines}</table></div>'


def _row(cells: Sequence[str], tag: str) -> str:
    return "<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in cells) + "</tr>"


def _curves(shown: Sequence[panels.Panel], drawings: Mapping[str, panels.Drawing]) -> str:
    """The panels' curves for the script, with a value or null for every step of any of them."""
    data = []
    for panel in shown:
        drawing = drawings[panel.name]
        steps = sorted({step for curve in drawing.curves for step in curve.points})
        curves = [
            {
                **dataclasses.asdict(curve),
                "points": curve.marked,
                "values": [curve.points.get(step) for step in steps],
            }
            for curve in drawing.curves
        ]
        each = {"name": panel.name, "zero": panel.zero, "steps": steps, "curves": curves}
        data.append({**each, "bands": drawing.bands})
    # Within a script no name may end it.
    return json.dumps(data, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")


def _asset(name: str) -> str:
    return importlib.resources.files("lead_rs.report").joinpath("assets", name).read_text("utf-8")


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.timezone.utc)


def _time(moment: datetime.datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M UTC")
