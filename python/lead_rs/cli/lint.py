"""``lead-rs lint ROLLOUTS``: what is wrong with a run's advantages."""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Sequence

from lead_rs.cli import rollouts
from lead_rs.cli.command import Command, Result
from lead_rs.lint.findings import SCORE, Finding, lint
from lead_rs.replay import settings
from lead_rs.runs.rollouts import EXTRACT
from lead_rs.tables import markdown_table


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what is its own to the command's parser."""
    rollouts.add_arguments(parser)
    parser.add_argument(
        "--estimator",
        choices=("lead", "grpo"),
        default="lead",
        help="whose advantages: LEAD's under the settings, or GRPO's of the run's scores; default: "
        "%(default)s",
    )
    parser.add_argument(
        "--extract",
        choices=EXTRACT,
        default=EXTRACT[0],
        help="where the run's reward looks for an answer in a dump's outputs; default: %(default)s",
    )


def run(arguments: argparse.Namespace) -> Result:
    """What is found; 0 if no share is above its threshold, else 1."""
    config = settings.config(rollouts.base(arguments))
    is_lead = arguments.estimator == "lead"
    steps = rollouts.load(arguments, config.reward_keys if is_lead else [SCORE], arguments.extract)
    findings = lint(
        steps,
        config=config,
        estimator=arguments.estimator,
        state=rollouts.start(arguments, steps) if is_lead else None,
        max_response_length=arguments.max_response_length,
    )
    data = {
        "estimator": arguments.estimator,
        "config": config.to_dict() if is_lead else None,
        "steps": len({step.number for step in steps}),
        "responses": sum(map(len, steps)),
        "checks": [finding.to_dict() for finding in findings],
    }
    status = int(any(finding.is_fault for finding in findings))
    return Result(data, _text(findings), status, markdown=True)


def _text(findings: Sequence[Finding]) -> str:
    rows = []
    for finding in findings:
        value = finding.value
        rows.append(
            [
                finding.check.name,
                "-" if value is None else f"{value:.3f}",
                f"{finding.check.threshold:g}",
                "" if value is None else ("FAULT" if finding.is_fault else "ok"),
                f"{finding.counts.of if finding.counts else 0} {finding.check.of}",
            ]
        )
    table = markdown_table(["check", "share", "at most", "", "of"], rows)
    parts = [table]
    for finding in findings:
        check = finding.check
        if finding.is_fault:
            parts.append(
                f"{check.name}: of {check.of} {finding.value:.3f} {check.what}: {check.meaning}. "
                f"What changes it: {check.setting}."
            )
        elif finding.value is None:
            parts.append(f"{check.name}: not looked at, it needs {check.needs}.")
    return "\n\n".join(part if part is table else textwrap.fill(part, 100) for part in parts)


COMMAND = Command(
    "lint",
    "look for what is wrong with the advantages of a run's rollouts",
    "lead-rs lint RUN_DIR/rollouts --log RUN_DIR",
    run,
    add_arguments,
    more="That is right answers that are punished for their length, wrong ones that are ranked by "
    "it, and more. The exit status is 0 where nothing is, 1 where a share is above its threshold, "
    "and 2 where the rollouts cannot be read.",
)
