#!/usr/bin/env bash
# Tables 2 and 3: the runs of the ablations, one after the other.
#
#   bash examples/ablations/sweep.sh                                     # all of them
#   METHODS="grpo lead" RATIOS="0.5 1.0" bash examples/ablations/sweep.sh
#   METHODS=aggregator AGGS=min_correct bash examples/ablations/sweep.sh
#
# To set: METHODS, RATIOS, AGGS, DONE_STEP, and what the training scripts say. See README.md here.
exec "${PYTHON:-python3}" -m lead_rs train sweep "$@"
