"""Prepare data sets for verl: ``python data/prepare.py SET...``, which is ``lead-rs data SET...``.

It writes ``data/SET/train.parquet``, ``test.parquet`` and ``manifest.json``; README.md here says
which sets there are. The code is ``lead_rs.data``.
"""

import sys

from lead_rs.cli import main

if __name__ == "__main__":
    sys.exit(main(["data", *sys.argv[1:]]))
