#!/usr/bin/env bash
# Table 3: one run of LEAD in which AGG makes the lengths of a group its target: mean_correct, min_correct,
# median_correct or mean_all.
#
#   AGG=min_correct bash examples/ablations/aggregator.sh
exec "${PYTHON:-python3}" -m lead_rs train aggregator "$@"
