#!/usr/bin/env bash
# Table 3: one run of LEAD in which AGG makes the lengths of a group its target: mean_correct, min_correct,
# median_correct or mean_all.
#
#   AGG=min_correct bash examples/ablations/aggregator.sh
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
source "$HERE/lead_4000.sh"
AGG=${AGG:-mean_correct}

exec bash "$HERE/../../train_math_lead_deepseek-r1-1.5b.sh" "${LEAD_4000[@]}" \
    --name "math_lead_agg_${AGG}_deepseek-r1-1.5b" \
    --experiment "LEAD-agg-$AGG" \
    "algorithm.lead_aggregator=$AGG" \
    "$@"
