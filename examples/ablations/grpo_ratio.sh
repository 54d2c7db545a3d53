#!/usr/bin/env bash
# Table 2, GRPO: one run in which a length reward, for any answer within 2,000 tokens, weighs RATIO times
# what correctness does.
#
#   RATIO=0.5 bash examples/ablations/grpo_ratio.sh
exec "${PYTHON:-python3}" -m lead_rs train grpo_ratio "$@"
