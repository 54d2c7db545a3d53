#!/usr/bin/env bash
# Evaluate a model on the paper's sets: bash examples/evaluation/evaluate.sh MODEL OUT [ARGUMENTS OF EVAL]
set -euo pipefail

if (($# < 2)); then
    echo "usage: bash $0 MODEL OUT [ARGUMENTS OF python -m lead_rs eval]" >&2
    exit 2
fi
MODEL=$1
OUT=$2
shift 2

PYTHON=${PYTHON:-python}
DATA_DIR=${DATA_DIR:-data}
ROOT=$(cd "$(dirname "$0")/../.." && pwd)

# The sets of SETS, or else of the --preset among the arguments.
SETS=${SETS:-$("$PYTHON" - "$@" <<'END'
import argparse

from lead_rs.evaluation.presets import PRESETS

parser = argparse.ArgumentParser(prog="evaluate.sh", add_help=False, allow_abbrev=False)
parser.add_argument("--preset", choices=PRESETS, default="paper")
print(*PRESETS[parser.parse_known_args()[0].preset].sets)
END
)}

for set in $SETS; do
    # NAME=FILE needs no preparation.
    if [[ $set != *=* && ! -f $DATA_DIR/$set/test.parquet ]]; then
        "$PYTHON" "$ROOT/data/prepare.py" "$set" --out "$DATA_DIR"
    fi
done
# shellcheck disable=SC2086  # a word per set
exec "$PYTHON" -m lead_rs eval "$MODEL" --out "$OUT" --data "$DATA_DIR" --sets $SETS "$@"
