#!/usr/bin/env bash
# Table 2, LEAD without its controller: one run in which the efficiency reward weighs RATIO times what
# correctness does, at every step.
#
#   RATIO=0.5 bash examples/ablations/lead_static_ratio.sh
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
source "$HERE/lead_4000.sh"
source "$HERE/ratio.sh"

exec bash "$HERE/../../train_math_lead_deepseek-r1-1.5b.sh" "${LEAD_4000[@]}" \
    --name "math_lead_static_ratio${TAG}_deepseek-r1-1.5b" \
    --experiment "LEAD-static-ratio$TAG" \
    "algorithm.lead_static_lambda_corr=$CORRECT" \
    algorithm.lead_bmax=4000 \
    "$@"
