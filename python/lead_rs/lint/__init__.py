"""What is wrong with a run's advantages, in numbers: shares of responses, prompts and steps.

`CHECKS` says what each number means, from where on it is a fault, and which setting changes it.
`lead_rs.lint.findings` takes them over rollouts, which ``lead-rs lint`` shows; in verl and TRL
the cheap ones are ``lead/lint_*`` metrics of every step.
"""

from lead_rs.lint.checks import CHECKS, CLAMPED, Check, Counts
from lead_rs.lint.responses import Responses, grpo, lead

__all__ = ["CHECKS", "CLAMPED", "Check", "Counts", "Responses", "grpo", "lead"]
