"""``python -m lead_rs lint ROLLOUTS``: what is wrong with a run's advantages."""

from __future__ import annotations

import argparse
import json
import textwrap
from collections.abc import Sequence
from typing import Any

from lead_rs.cli import rollouts
from lead_rs.lint.findings import SCORE, Finding, lint
from lead_rs.replay import settings
from lead_rs.runs.rollouts import EXTRACT
from lead_rs.tables import markdown_table


def add_parser(commands: Any) -> None:
    """Add the command to the command line's."""
    parser = commands.add_parser(
        "lint",
        help="look for what is wrong with the advantages of a run's rollouts",
        description="Look for what is wrong with the advantages of a run's rollouts: right answers "
        "that are punished for their length, wrong ones that are ranked by it, and more. The exit "
        "status is 0 where nothing is, 1 where a share is above its threshold, and 2 where the "
        "rollouts cannot be read.",
    )
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
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print what is found; 0 if no share is above its threshold, else 1."""
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
    if arguments.json:
        result = {
            "estimator": arguments.estimator,
            "config": config.to_dict() if is_lead else None,
            "steps": len(steps),
            "responses": sum(map(len, steps)),
            "checks": [finding.to_dict() for finding in findings],
        }
        print(json.dumps(result, indent=1))
    else:
        print(_text(findings))
    return int(any(finding.is_fault for finding in findings))


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
