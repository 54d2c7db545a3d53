#!/usr/bin/env bash
# The baseline: GRPO with a length reward for right answers within 2,000 tokens, clipping from 0.2 below
# to 0.28 above, and groups without a signal replaced by others (which needs verl 0.9).
# Sized for 4 GPUs of 44 GB (L40S) or 48 GB (A6000).
#
#   python data/prepare.py math && bash train_math_grpo_deepseek-r1-1.5b.sh
#
# What can be set is what LEAD's script says.
set -euo pipefail

exec "${PYTHON:-python3}" "$(dirname "$0")/examples/training/launch.py" \
    --name grpo_math_deepseek-r1-1.5b \
    --model deepseek-ai/DeepSeek-R1-Distill-Qwen-1.5B \
    --gpus 4 --gpu-memory 44 --checkpoint-size 22 \
    algorithm.adv_estimator=grpo \
    algorithm.filter_groups.enable=True \
    algorithm.filter_groups.metric=reward \
    +reward.custom_reward_function.reward_kwargs.correct_reward=1 \
    +reward.custom_reward_function.reward_kwargs.length_reward=1 \
    +reward.custom_reward_function.reward_kwargs.length_mode=conditioned \
    +reward.custom_reward_function.reward_kwargs.length_threshold=2000 \
    data.train_batch_size=128 \
    data.max_prompt_length=1024 \
    data.max_response_length=2000 \
    actor_rollout_ref.rollout.n=8 \
    actor_rollout_ref.rollout.temperature=1.0 \
    actor_rollout_ref.actor.optim.lr=1e-6 \
    actor_rollout_ref.actor.ppo_mini_batch_size=16 \
    actor_rollout_ref.actor.clip_ratio_low=0.2 \
    actor_rollout_ref.actor.clip_ratio_high=0.28 \
    actor_rollout_ref.actor.use_kl_loss=True \
    actor_rollout_ref.actor.kl_loss_type=mse \
    actor_rollout_ref.actor.kl_loss_coef=0.0005 \
    trainer.total_epochs=7 \
    "$@"
