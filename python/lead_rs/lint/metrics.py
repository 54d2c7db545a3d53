"""The cheap checks of `lead_rs.lint` as metrics of each step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lead_rs._estimator import LeadOutput
from lead_rs._lead_rs import LeadConfig
from lead_rs.lint.checks import CHECKS
from lead_rs.lint.responses import lead


def lint_metrics(
    correctness: Any,
    response_length: Any,
    uids: Sequence[Any],
    output: LeadOutput,
    config: LeadConfig,
) -> dict[str, float]:
    """``lead/lint_*``: a share for each cheap check, of what the batch has to look at.

    Args:
        correctness: [C], above 0.5 is correct; None where no reward depends on it.
        response_length: [C] tokens.
        uids: [C] the prompts'.
        output: the step's result.
        config: its settings.

    Returns:
        The metrics; 0 where there is nothing to look at, and none for a check that does not know.

    Example:
        >>> import lead_rs
        >>> batch = [1, 1, 0], [1200, 2600, 900], ["p", "p", "p"]
        >>> config = LeadConfig(lstar_mode="max_sym")
        >>> output = lead_rs.compute_advantage(*batch, config=config)
        >>> lint_metrics(*batch, output, config)["lead/lint_clamped"]
        0.0
    """
    if correctness is None:
        return {}
    responses = lead(correctness, response_length, uids, output, config)
    counts = {check.name: check.count(responses) for check in CHECKS if check.cheap}
    return {
        f"lead/lint_{name}": found.faults / found.of if found.of else 0.0
        for name, found in counts.items()
        if found is not None
    }
