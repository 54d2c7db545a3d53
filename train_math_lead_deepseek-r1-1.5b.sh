#!/usr/bin/env bash
# LEAD, the paper's run: DeepSeek-R1-Distill-Qwen-1.5B on MATH levels 3 to 5, Table 1's 4K row.
# 7 epochs of 66 steps. Sized for 4 GPUs of 44 GB (L40S) or 48 GB (A6000).
#
#   python data/prepare.py math && bash train_math_lead_deepseek-r1-1.5b.sh
#   DRY_RUN=1 bash train_math_lead_deepseek-r1-1.5b.sh     # prints verl's configuration and stops
#
# To set: N_GPUS, CUDA_VISIBLE_DEVICES, BASE_MODEL, DATA_DIR, CKPT_DIR, OUTPUT_ROOT, RUN_NAME; further
# arguments are verl's overrides. See examples/training/README.md.
set -euo pipefail

exec "${PYTHON:-python3}" "$(dirname "$0")/examples/training/launch.py" \
    --name lead_math_deepseek-r1-1.5b \
    --model deepseek-ai/DeepSeek-R1-Distill-Qwen-1.5B \
    --gpus 4 --gpu-memory 44 --checkpoint-size 22 \
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
    actor_rollout_ref.actor.optim.lr=2e-6 \
    actor_rollout_ref.actor.ppo_mini_batch_size=16 \
    actor_rollout_ref.actor.use_kl_loss=True \
    actor_rollout_ref.actor.kl_loss_type=mse \
    actor_rollout_ref.actor.kl_loss_coef=0.0005 \
    trainer.total_epochs=7 \
    "$@"
