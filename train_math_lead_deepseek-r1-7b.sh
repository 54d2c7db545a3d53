#!/usr/bin/env bash
# LEAD on DeepSeek-R1-Distill-Qwen-7B: the 1.5B run's settings, sized for 8 A6000 of 48 GB.
# The weights and the optimizer move to the CPU during rollouts, and take 92 GB of its memory.
#
#   bash train_math_lead_deepseek-r1-7b.sh
#
# What can be set is what the 1.5B script says.
exec "${PYTHON:-python3}" -m lead_rs train math_lead_deepseek-r1-7b "$@"
