#!/usr/bin/env bash
# LEAD, the paper's run: DeepSeek-R1-Distill-Qwen-1.5B on MATH levels 3 to 5, Table 1's 4K row.
# 7 epochs of 66 steps. Sized for 4 GPUs of 44 GB (L40S) or 48 GB (A6000).
#
#   bash train_math_lead_deepseek-r1-1.5b.sh
#   DRY_RUN=1 bash train_math_lead_deepseek-r1-1.5b.sh     # prints what differs from verl's defaults and stops
#
# To set: N_GPUS, CUDA_VISIBLE_DEVICES, ROLLOUT_TP_SIZE, BASE_MODEL, DATA_DIR, EXPERIMENT_NAME, CKPT_DIR,
# OUTPUT_ROOT, DRY_RUN, PREFLIGHT; further arguments are verl's overrides. See examples/training/README.md.
# Data, results and .env are those of the current folder.
# Its settings are in python/lead_rs/recipes/recipe.py.
exec "${PYTHON:-python3}" -m lead_rs train math_lead_deepseek-r1-1.5b "$@"
