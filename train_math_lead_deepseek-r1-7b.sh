#!/usr/bin/env bash
# LEAD on DeepSeek-R1-Distill-Qwen-7B: the 1.5B run's settings, sized for 8 A6000 of 48 GB.
# The weights and the optimizer move to the CPU during rollouts, and take 92 GB of its memory.
#
#   python data/prepare.py math && bash train_math_lead_deepseek-r1-7b.sh
#
# What can be set is what the 1.5B script says.
set -euo pipefail

exec "${PYTHON:-python3}" "$(dirname "$0")/examples/training/launch.py" \
    --name lead_math_deepseek-r1-7b \
    --model deepseek-ai/DeepSeek-R1-Distill-Qwen-7B \
    --gpus 8 --gpu-memory 44 --checkpoint-size 92 \
    algorithm.adv_estimator=lead \
    algorithm.lead_alpha=1.0 \
    algorithm.lead_beta=0.95 \
    algorithm.lead_lambda_min=0.3 \
    algorithm.lead_bmax=8000 \
    algorithm.lead_lstar_mode=max_sym \
    algorithm.lead_aggregator=mean_correct \
    +reward.custom_reward_function.reward_kwargs.correct_reward=1 \
    +reward.custom_reward_function.reward_kwargs.length_reward=0 \
    data.train_batch_size=128 \
    data.max_prompt_length=1024 \
    data.max_response_length=8000 \
    actor_rollout_ref.rollout.n=8 \
    actor_rollout_ref.rollout.temperature=1.0 \
    actor_rollout_ref.rollout.tensor_model_parallel_size=2 \
    actor_rollout_ref.actor.optim.lr=2e-6 \
    actor_rollout_ref.actor.ppo_mini_batch_size=16 \
    actor_rollout_ref.actor.use_kl_loss=True \
    actor_rollout_ref.actor.kl_loss_type=mse \
    actor_rollout_ref.actor.kl_loss_coef=0.0005 \
    actor_rollout_ref.actor.fsdp_config.param_offload=True \
    actor_rollout_ref.actor.fsdp_config.optimizer_offload=True \
    trainer.total_epochs=7 \
    "$@"
