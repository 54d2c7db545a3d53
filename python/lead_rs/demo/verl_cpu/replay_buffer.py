"""verl's replay buffer, looking for finished rollouts more often than every two seconds.

Given to verl as `trainer.v1.sampler.custom_sampler`: a tiny model's rollouts are done sooner.
"""

from __future__ import annotations

from functools import partialmethod

from verl.trainer.ppo.v1.replay_buffer import ReplayBuffer


class EagerReplayBuffer(ReplayBuffer):
    __init__ = partialmethod(ReplayBuffer.__init__, poll_interval=0.1)
