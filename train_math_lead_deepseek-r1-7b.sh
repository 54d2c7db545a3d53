#!/usr/bin/env bash
# LEAD on DeepSeek-R1-Distill-Qwen-7B: the 1.5B run's settings, sized for 8 A6000 of 48 GB.
# The weights and the optimizer move to the CPU during rollouts, and take 92 GB of its memory.
#
#   bash train_math_lead_deepseek-r1-7b.sh
#
# What can be set is what the 1.5B script says.
set -euo pipefail

exec bash "$(dirname "$0")/train_math_lead_deepseek-r1-1.5b.sh" \
    --name math_lead_4k_deepseek-r1-7b \
    --experiment deepseek-r1-7B-math-LEAD \
    --model deepseek-ai/DeepSeek-R1-Distill-Qwen-7B \
    --gpus 8 --tensor-parallel 2 --gpu-memory 44 --checkpoint-size 92 \
    actor_rollout_ref.actor.fsdp_config.param_offload=True \
    actor_rollout_ref.actor.fsdp_config.optimizer_offload=True \
    "$@"
