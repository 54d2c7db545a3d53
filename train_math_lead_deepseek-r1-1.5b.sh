#!/usr/bin/env bash
# LEAD, the paper's run: DeepSeek-R1-Distill-Qwen-1.5B on MATH levels 3 to 5, Table 1's 4K row.
# 7 epochs of 66 steps. Sized for 4 GPUs of 44 GB (L40S) or 48 GB (A6000).
#
#   bash train_math_lead_deepseek-r1-1.5b.sh
#   DRY_RUN=1 bash train_math_lead_deepseek-r1-1.5b.sh     # prints what differs from verl's defaults and stops
#
# To set: N_GPUS, CUDA_VISIBLE_DEVICES, ROLLOUT_TP_SIZE, BASE_MODEL, DATA_DIR, EXPERIMENT_NAME, CKPT_DIR,
# OUTPUT_ROOT; further arguments are verl's overrides. See examples/training/README.md.
set -euo pipefail

exec "${PYTHON:-python3}" "$(dirname "$0")/examples/training/launch.py" \
    --name math_lead_4k_deepseek-r1-1.5b \
    --experiment deepseek-r1-1.5B-math-LEAD \
    --model deepseek-ai/DeepSeek-R1-Distill-Qwen-1.5B \
    --gpus 4 --gpu-memory 44 --checkpoint-size 22 \
    algorithm.adv_estimator=lead \
    algorithm.lead_alpha=1.0 \
    algorithm.lead_beta=0.95 \
    algorithm.lead_epsilon=1e-8 \
    algorithm.lead_bmax=8000 \
    algorithm.lead_lambda_min=0.3 \
    algorithm.lead_lstar_mode=max_sym \
    algorithm.lead_aggregator=mean_correct \
    +reward.custom_reward_function.reward_kwargs.correct_reward=1 \
    +reward.custom_reward_function.reward_kwargs.length_reward=0 \
    +reward.custom_reward_function.reward_kwargs.length_mode=classic \
    data.max_response_length=8000 \
    actor_rollout_ref.actor.optim.lr=2e-6 \
    trainer.project_name=MATH_LEAD \
    "$@"
