"""LEAD (arXiv:2605.09806): length-efficient reinforcement learning for reasoning models.

Installed beside verl, ``algorithm.adv_estimator=lead`` works there by itself. In a notebook:

>>> import lead_rs
>>> out = lead_rs.compute_advantage(
...     correctness=[1, 1, 0, 1, 0, 0],
...     response_length=[900, 2600, 4000, 1500, 700, 3900],
...     index=["p1", "p1", "p1", "p2", "p2", "p2"],
...     config=lead_rs.LeadConfig(lstar_mode="max_sym"),
... )
>>> out.target_length.tolist()
[1750.0, 1750.0, 1750.0, 1500.0, 1500.0, 1500.0]
>>> bool(out.advantages[0] > 0 > out.advantages[2])
True
"""

from lead_rs import cuda
from lead_rs._estimator import (
    LeadOutput,
    compute_advantage,
    compute_lead_outcome_advantage,
    efficiency_reward,
    target_length,
)
from lead_rs._explain import Explanation, explain
from lead_rs._lead_rs import (
    LeadConfig,
    Verdict,
    WeightController,
    __version__,
    extract_answer,
    get_num_threads,
    grade,
    set_num_threads,
)
from lead_rs._score import Undecided, Unreadable, check_truths, score, score_batch

__all__ = [
    "Explanation",
    "LeadConfig",
    "LeadOutput",
    "Undecided",
    "Unreadable",
    "Verdict",
    "WeightController",
    "__version__",
    "check_truths",
    "compute_advantage",
    "compute_lead_outcome_advantage",
    "cuda",
    "efficiency_reward",
    "explain",
    "extract_answer",
    "get_num_threads",
    "grade",
    "score",
    "score_batch",
    "set_num_threads",
    "target_length",
]
