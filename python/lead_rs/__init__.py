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

from __future__ import annotations

import importlib
from types import ModuleType
from typing import TYPE_CHECKING

from lead_rs import cuda
from lead_rs._errors import CommandError, IncompatibleVerlError, LeadError
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

if TYPE_CHECKING:
    from lead_rs import data as data
    from lead_rs import evaluation as evaluation
    from lead_rs import lint as lint
    from lead_rs import math_verify as math_verify
    from lead_rs import replay as replay
    from lead_rs import report as report
    from lead_rs import skyrl as skyrl
    from lead_rs import trl as trl
    from lead_rs import verl as verl

__all__ = [
    "CommandError",
    "Explanation",
    "IncompatibleVerlError",
    "LeadConfig",
    "LeadError",
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

_MODULES = ("data", "evaluation", "lint", "math_verify", "replay", "report", "skyrl", "trl", "verl")
"""Imported when they are first asked for: they need more than the estimator and the grader do."""

# What they are called by; where they are defined is nobody's business.
for _name in __all__:
    if getattr(globals()[_name], "__module__", __name__) != __name__:
        globals()[_name].__module__ = __name__


# A type checker that saw it would know of every name, misspelt ones too.
if not TYPE_CHECKING:

    def __getattr__(name: str) -> ModuleType:
        if name in _MODULES:
            return importlib.import_module(f"{__name__}.{name}")
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES})
