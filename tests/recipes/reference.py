"""The tables of `examples/training/README.md` as data: the reference's runs, and ours."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import yaml

ROOT = Path(__file__).parents[2]
README = ROOT / "examples/training/README.md"
REWARD = "reward.custom_reward_function.reward_kwargs"
NOT_SET = ""

# A column's script, and what each of its runs is told by the environment.
RATIOS = [{"RATIO": ratio} for ratio in ("0.0", "0.25", "0.5", "1.0", "2.0", "4.0")]
AGGREGATORS = [
    {"AGG": name} for name in ("mean_correct", "min_correct", "median_correct", "mean_all")
]
SCRIPTS = {
    "LEAD": ("train_math_lead_deepseek-r1-1.5b.sh", [{}]),
    "GRPO": ("train_math_grpo_deepseek-r1-1.5b.sh", [{}]),
    "GRPO ratio": ("examples/ablations/grpo_ratio.sh", RATIOS),
    "LEAD static ratio": ("examples/ablations/lead_static_ratio.sh", RATIOS),
    "aggregator": ("examples/ablations/aggregator.sh", AGGREGATORS),
}


class Run(NamedTuple):
    """One run of ours, and the column it is held to."""

    column: str
    script: str
    environment: dict[str, str]

    @property
    def name(self) -> str:
        return " ".join([self.column, *(f"{k}={v}" for k, v in self.environment.items())])


RUNS = [
    Run(column, script, environment)
    for column, (script, environments) in SCRIPTS.items()
    for environment in environments
]


def table(head: str, file: Path = README) -> list[dict[str, str]]:
    """The rows of a file's table whose first column is called so, by its columns."""
    lines = file.read_text().splitlines()
    (start,) = [i for i, line in enumerate(lines) if line.startswith(f"| {head} |")]
    names = _cells(lines[start])
    rows = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        cells = _cells(line)
        assert len(cells) == len(names), line
        rows.append(dict(zip(names, cells, strict=True)))
    return rows


def _cells(line: str) -> list[str]:
    return [cell.strip().strip("`") for cell in line.strip().strip("|").split("|")]


def settings(run: Run) -> dict[str, Any]:
    """What the reference's run sets, by today's names; the values of `DIFFERENCES` are ours."""
    found = {row["in all five"]: row["value"] for row in table("in all five")}
    found |= {row["by run"]: row[run.column] for row in table("by run")}
    differing = {
        row["deliberately different"]: row["ours"] for row in table("deliberately different")
    }
    values = {}
    for key, text in (
        found | {k: v for k, v in differing.items() if found.get(k) != NOT_SET}
    ).items():
        if text != NOT_SET:
            values[_todays_name(key)] = _value(text, run.environment)
    return values


def _todays_name(key: str) -> str:
    if key.startswith("DEEPSCALE_"):
        return f"{REWARD}.{key.removeprefix('DEEPSCALE_').lower()}"
    return key


def _value(text: str, environment: dict[str, str]) -> Any:
    ratio = environment.get("RATIO", "nan")
    formulas = {"1/(1+R)": 1 / (1 + float(ratio)), "R/(1+R)": float(ratio) / (1 + float(ratio))}
    if text in formulas:
        return formulas[text]
    text = text.replace("{R}", ratio.replace(".", "")).replace("{AGG}", environment.get("AGG", ""))
    return yaml.safe_load(text)
