# For the scripts of LEAD's ablations: what they have in common, and the paper's run has otherwise: 4,000
# tokens, half of the learning rate, GRPO's clipping, and groups without a signal replaced by others.
LEAD_4000=(
    --filter-groups
    data.max_response_length=4000
    actor_rollout_ref.actor.optim.lr=1e-6
    actor_rollout_ref.actor.clip_ratio_low=0.2
    actor_rollout_ref.actor.clip_ratio_high=0.28
)
