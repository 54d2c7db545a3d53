"""Every check that runs without a GPU, one after the other: ``make test-full``.

Each part is a make target with its own tools; one that is missing fails its part, not the others.
Output goes to outputs/full/PART.log, and a table comes last.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
OUT = ROOT / "outputs" / "full"

PARTS = {
    "test": ["test"],
    "licences": ["licences"],
    "audit": ["audit"],
    "test-wheel": ["test-wheel"],
    **{f"verl-canary {v}": ["verl-canary", f"VERL={v}"] for v in ("0.7.1", "0.8.0", "0.9.1")},
    "fuzz-estimator": ["fuzz-estimator"],
    "fuzz-grade": ["fuzz-grade"],
    "test-crash": ["test-crash"],
    "bench": ["bench"],
    "bench-driver": ["bench-driver"],
    "bench-grade": ["bench-grade"],
    "compare-grade": ["compare-grade"],
}


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
    last = next((line for line in reversed(lines) if line), "")
    return "passed" if done.returncode == 0 else "FAILED", minutes, last[:90]


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
    print(f"\n{'part':<{width}}  result   min  last line")
    for part, result, minutes, last in rows:
        print(f"{part:<{width}}  {result:<6}  {minutes:>4}  {last}")
    failed = sum(result == "FAILED" for _, result, _, _ in rows)
    print(f"\n{len(rows) - failed} passed, {failed} failed; the logs are in {OUT}")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
