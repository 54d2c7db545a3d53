#!/usr/bin/env bash
# Table 2, GRPO: one run in which a length reward, for any answer within 2,000 tokens, weighs RATIO times
# what correctness does.
#
#   RATIO=0.5 bash examples/ablations/grpo_ratio.sh
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
source "$HERE/ratio.sh"

REWARD=reward.custom_reward_function.reward_kwargs
exec bash "$HERE/../../train_math_grpo_deepseek-r1-1.5b.sh" \
    --name "math_grpo_ratio${TAG}_deepseek-r1-1.5b" \
    --experiment "GRPO-math-ratio$TAG" \
    "$REWARD.correct_reward=$CORRECT" \
    "$REWARD.length_reward=$LENGTH" \
    "$REWARD.length_mode=classic" \
    data.max_response_length=4000 \
    trainer.save_freq=50 \
    "$@"
