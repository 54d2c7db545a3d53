"""What runs of the demo did: a table of several seeds, and a picture.

python examples/cpu/report.py outputs/cpu/seed1 outputs/cpu/seed2
"""

from __future__ import annotations

import argparse
from pathlib import Path

from lead_rs.demo.report import draw, load_runs, summary
from lead_rs.demo.seeds import over_seeds
from lead_rs.demo.tasks import TASKS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("seed_folders", nargs="+", type=Path, help="such as outputs/cpu/seed1")
    parser.add_argument("--model", choices=TASKS, default="tiny", help="whose runs")
    parser.add_argument("--picture", type=Path, help="draw the runs, into this PNG")
    options = parser.parse_args()
    runs = load_runs(options.seed_folders, TASKS[options.model])
    print(summary(runs), over_seeds(runs), sep="\n\n")
    if options.picture:
        draw(runs, options.picture)


if __name__ == "__main__":
    main()
