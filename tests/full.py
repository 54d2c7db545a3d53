"""Every check that runs without a GPU, one after the other: ``make test-full``.

Each part is a make target with its own tools; where one is missing, or a database cannot be had,
its part is not run, which the table says. Output goes to outputs/full/PART.log; the table is last.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[1]
OUT = ROOT / "outputs" / "full"

VERLS = ("0.7.1", "0.8.0", "0.9.0", "0.9.1")
PARTS = {
    "test": ["test"],
    "licences": ["licences"],
    "audit": ["audit"],
    "test-wheel": ["test-wheel"],
    **{f"verl-canary {v}": ["verl-canary", f"VERL={v}"] for v in VERLS},
    "fuzz-estimator": ["fuzz-estimator"],
    "fuzz-grade": ["fuzz-grade"],
    "attack-grade": ["attack-grade"],
    "test-crash": ["test-crash"],
    "bench": ["bench"],
    "bench-driver": ["bench-driver"],
    "bench-grade": ["bench-grade"],
    "compare-grade": ["compare-grade"],
}

LACKING = ("missing: ", "not checked: ")
"""How a target's last line begins where this machine has not what it needs."""


def run(part: str, targets: list[str]) -> tuple[str, str, str]:
    """A row of the table: result, minutes, and the last line that the part printed."""
    log = OUT / f"{part.replace(' ', '-')}.log"
    began = time.monotonic()
    with log.open("w") as file:
        command = [os.environ.get("MAKE", "make"), *targets]
        environment = {**os.environ, "LEAD_RS_LONG_TESTS": "1"}
        done = subprocess.run(
            command, cwd=ROOT, env=environment, stdout=file, stderr=subprocess.STDOUT
        )
    minutes = f"{(time.monotonic() - began) / 60:.1f}"
    lines = [line.strip("= \n") for line in log.read_text(errors="replace").splitlines()]
    own = [line for line in lines if line and not line.startswith("make")]
    last = own[-1] if own else ""
    if done.returncode == 0:
        return "passed", minutes, last[:90]
    return "not run" if last.startswith(LACKING) else "FAILED", minutes, last[:90]


def main() -> int:
    """Run the parts named, or all."""
    chosen = sys.argv[1:] or list(PARTS)
    if unknown := [part for part in chosen if part not in PARTS]:
        sys.exit(f"no part {', '.join(unknown)}: there are {', '.join(PARTS)}")
    OUT.mkdir(parents=True, exist_ok=True)
    rows = []
    for part in chosen:
        print(f"{part} ...", flush=True)
        rows.append((part, *run(part, PARTS[part])))
    width = max(map(len, chosen))
    print(f"\n{'part':<{width}}  result    min  last line")
    for part, result, minutes, last in rows:
        print(f"{part:<{width}}  {result:<7}  {minutes:>4}  {last}")
    count = Counter(result for _, result, _, _ in rows)
    counts = ", ".join(f"{count[kind]} {kind}" for kind in ("passed", "FAILED", "not run"))
    print(f"\n{counts}; the logs are in {OUT.relative_to(ROOT)}")
    return count["FAILED"] > 0


if __name__ == "__main__":
    sys.exit(main())
