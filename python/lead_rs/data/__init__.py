"""Data sets in verl's format, from the hub, from files, or made up on the spot.

``lead-rs data SET...`` writes them: `sets` says where each comes from, `problems` what is checked,
`choice` which of the training problems are taken. `example_rollouts` is a run to try `replay` and
`lint` on.
"""

from pathlib import Path

from lead_rs.data.choice import Choice
from lead_rs.data.preparation import Prepared, prepare

__all__ = ["Choice", "Prepared", "example_rollouts", "prepare"]


def example_rollouts() -> Path:
    """The held-out responses of a run of the CPU demo, as `replay` and `lint` take them.

    Seed 1 with LEAD: 128 problems by 4 responses, before the first step and after every tenth of
    40, as (step, uid, correct, length), lengths in tokens.

    Returns:
        A parquet file.

    Example:
        >>> example_rollouts().name
        'cpu_run.parquet'
    """
    return Path(__file__).parent / "cpu_run.parquet"
