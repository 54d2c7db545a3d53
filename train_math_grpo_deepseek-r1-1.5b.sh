#!/usr/bin/env bash
# Table 1's baseline: GRPO with a length reward for right answers within 2,000 tokens, clipping from 0.2
# below to 0.28 above, and groups without a signal replaced by others (in verl 0.9).
# Sized for 4 GPUs of 44 GB (L40S) or 48 GB (A6000).
#
#   bash train_math_grpo_deepseek-r1-1.5b.sh
#
# What can be set is what LEAD's script says.
exec "${PYTHON:-python3}" -m lead_rs train math_grpo_deepseek-r1-1.5b "$@"
