"""What LEAD's controller would have done with a run's rollouts under other settings.

`load_rollouts` reads verl's dumps, TRL's completions or a table, `replay` takes LEAD's steps over
them with the very controller that trains, and ``lead-rs replay`` shows several settings side by
side. What it cannot know is how the policy would have answered: the rollouts stay those of the run.
"""

from lead_rs.replay.simulation import Replay, replay
from lead_rs.runs.rollouts import Step, load_rollouts

__all__ = ["Replay", "Step", "load_rollouts", "replay"]
