"""All that was logged, as a table for other programs."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

from lead_rs.report.run import Run


def write_steps(runs: Mapping[str, Run], path: Path) -> None:
    """Write a CSV file with a row per run and step and a column per metric, empty if not logged."""
    names = sorted(
        {name for run in runs.values() for row in run.log.steps.values() for name in row}
    )
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, ["run", "step", *names])
        table.writeheader()
        for name, run in runs.items():
            for step, row in run.log.steps.items():
                table.writerow({**row, "run": name, "step": step})
