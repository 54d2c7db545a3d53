#!/usr/bin/env bash
# Table 1's baseline: GRPO with a length reward for right answers within 2,000 tokens, clipping from 0.2
# below to 0.28 above, and groups without a signal replaced by others (in verl 0.9).
# Sized for 4 GPUs of 44 GB (L40S) or 48 GB (A6000).
#
#   bash train_math_grpo_deepseek-r1-1.5b.sh
#
# What can be set is what LEAD's script says.
set -euo pipefail

exec "${PYTHON:-python3}" "$(dirname "$0")/examples/training/launch.py" \
    --name math_grpo_deepseek-r1-1.5b \
    --experiment deepseek-r1-1.5B-math-GRPO \
    --model deepseek-ai/DeepSeek-R1-Distill-Qwen-1.5B \
    --gpus 4 --gpu-memory 44 --checkpoint-size 22 \
    --filter-groups \
    algorithm.adv_estimator=grpo \
    +reward.custom_reward_function.reward_kwargs.correct_reward=1 \
    +reward.custom_reward_function.reward_kwargs.length_reward=1 \
    +reward.custom_reward_function.reward_kwargs.length_mode=conditioned \
    +reward.custom_reward_function.reward_kwargs.length_threshold=2000 \
    data.max_response_length=2000 \
    actor_rollout_ref.actor.optim.lr=1e-6 \
    actor_rollout_ref.actor.clip_ratio_low=0.2 \
    actor_rollout_ref.actor.clip_ratio_high=0.28 \
    trainer.project_name=MATH_GRPO \
    trainer.save_freq=20 \
    "$@"
