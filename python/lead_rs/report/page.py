"""The report as one HTML file that needs nothing beside it."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from html import escape
from pathlib import Path

from lead_rs.report import panels
from lead_rs.runs.logs import Log

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #1a1a1a; background: #fff;
       max-width: 1240px; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; }
table { border-collapse: collapse; margin: 1rem 0; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .2rem .9rem .2rem 0; border-bottom: 1px solid #ddd; }
.note { border-left: 3px solid #D55E00; padding-left: .7rem; }
.panels { display: grid; grid-template-columns: repeat(auto-fit, minmax(480px, 1fr)); gap: 1rem; }
figure { margin: 0; }
img { width: 100%; }
figcaption { font-size: .85rem; color: #555; }
"""


def page(runs: Mapping[str, Log], pictures: Mapping[str, Path]) -> str:
    """Compose the page.

    Args:
        runs: the logs by the runs' names.
        pictures: the PNG of each panel that was drawn, by its name.

    Returns:
        HTML, the pictures within.
    """
    title = f"LEAD: {escape(' and '.join(runs))}"
    head, rows = panels.summary(runs)
    table = "".join(_row(cells, "td") for cells in rows)
    figures = "".join(
        _figure(panel, pictures[panel.name]) for panel in panels.PANELS if panel.name in pictures
    )
    absent = [panel.title for panel in panels.PANELS if panel.name not in pictures]
    notes = [f"{name}: {note}" for name, log in runs.items() for note in log.notes]
    if absent:
        notes.append(f"not logged, so not drawn: {'; '.join(absent)}")
    sources = "".join(f"<li>{_source(name, log)}</li>" for name, log in runs.items())
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{_STYLE}</style></head><body><h1>{title}</h1><ul>{sources}</ul>"
        + "".join(f'<p class="note">{escape(note)}</p>' for note in notes)
        + f"<table>{_row(head, 'th')}{table}</table>"
        f'<div class="panels">{figures}</div></body></html>\n'
    )


def _source(name: str, log: Log) -> str:
    files = ", ".join(file.name for file in log.files)
    steps = list(log.steps)
    return f"{escape(name)}: steps {steps[0]} to {steps[-1]}, from {escape(files)}"


def _row(cells: list[str], tag: str) -> str:
    return "<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in cells) + "</tr>"


def _figure(panel: panels.Panel, picture: Path) -> str:
    data = base64.b64encode(picture.read_bytes()).decode("ascii")
    return (
        f'<figure><img alt="{escape(panel.title)}" src="data:image/png;base64,{data}">'
        f"<figcaption>{escape(panel.caption)}</figcaption></figure>"
    )
