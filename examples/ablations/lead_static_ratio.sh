#!/usr/bin/env bash
# Table 2, LEAD without its controller: one run in which the efficiency reward weighs RATIO times what
# correctness does, at every step.
#
#   RATIO=0.5 bash examples/ablations/lead_static_ratio.sh
exec "${PYTHON:-python3}" -m lead_rs train lead_static_ratio "$@"
