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
SETS=${SETS:-math500 olympiadbench aime2024 aime2025 amc2023}
ROOT=$(cd "$(dirname "$0")/../.." && pwd)

for set in $SETS; do
    # NAME=FILE needs no preparation.
    if [[ $set != *=* && ! -f $DATA_DIR/$set/test.parquet ]]; then
        "$PYTHON" "$ROOT/data/prepare.py" "$set" --out "$DATA_DIR"
    fi
done
# shellcheck disable=SC2086  # a word per set
exec "$PYTHON" -m lead_rs eval "$MODEL" --out "$OUT" --data "$DATA_DIR" --sets $SETS "$@"
