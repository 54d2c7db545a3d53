"""What a person with only the wheel does in an empty folder: `walkthrough.py FOLDER`.

Run by the Python that has the wheel. The demo is short; the commands that it names at its end are
given as it prints them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

FOLDER = Path(sys.argv[1])
PATH = os.pathsep.join([str(Path(sys.executable).parent), os.defpath])
SMALL = [
    "data.train_batch_size=16",
    "actor_rollout_ref.actor.ppo_mini_batch_size=16",
    "actor_rollout_ref.rollout.n=4",
    "actor_rollout_ref.rollout.val_kwargs.n=1",
]


def shell(line: str, status: int = 0) -> str:
    """What a command line prints; where it ends otherwise, all that it said."""
    done = subprocess.run(
        line,
        shell=True,
        capture_output=True,
        text=True,
        cwd=FOLDER,
        env={**os.environ, "PATH": PATH},
    )
    if done.returncode != status:
        sys.exit(f"{line}\n{done.stdout}{done.stderr}")
    return done.stdout


shell("lead-rs --help")
shell("lead-rs data sample")
assert (FOLDER / "data/sample/train.parquet").is_file()
shell("DRY_RUN=1 lead-rs train math_lead_deepseek-r1-1.5b")

found = json.loads(shell(f"lead-rs demo --steps 2 --json --quiet {' '.join(SMALL)}"))
run = FOLDER / "outputs/cpu/seed1/lead"
assert found["run"] == str(run.resolve())
assert [step for each in found["runs"] for step in each["accuracy"]] == ["0", "2"]
report, replay, evaluate = found["next"]
assert all(line.startswith("lead-rs ") for line in found["next"]), found["next"]
shell(report)
assert (run / "report/report.html").is_file()
replayed = json.loads(shell(f"{replay} --json"))
assert replayed["steps"] == [1, 2]
assert "is the log's within" in replayed["against_log"]
assert "which" not in replayed["against_log"]
results = json.loads(shell(f"{evaluate} --limit 8 --samples 1 --json --quiet"))
assert results["settings"]["sets"]["sums"]["problems"] == 8
linted = "lead-rs lint outputs/cpu/seed1/lead/rollouts --log outputs/cpu/seed1/lead --json || true"
assert json.loads(shell(linted))["responses"] == 2 * 16 * 4
shell("lead-rs eval outputs/cpu/seed1/model --sets sample --limit 4 --samples 1 --max-tokens 8")
print("help, data, train, demo, report, replay, eval, lint in an empty folder")
