"""``python -m lead_rs grade ANSWER TRUTH``: is it right, and how was that decided."""

from __future__ import annotations

import argparse
import dataclasses
import json
from typing import Any

from lead_rs._explain import Explanation, explain


def add_parser(commands: Any) -> None:
    """Add the command to the command line's."""
    parser = commands.add_parser(
        "grade",
        help="grade an answer against a ground truth, and say how",
        description="Grade an answer against a ground truth, and say how. "
        "Exit status: 0 if it is right, 1 if it is wrong.",
        epilog="Before an answer that begins with a minus sign, write --",
    )
    parser.add_argument("answer", metavar="ANSWER", help="an answer, or a text with a \\boxed{}")
    parser.add_argument("truth", metavar="TRUTH", help="the ground truth, likewise")
    parser.add_argument(
        "--allow-unsimplified",
        action="store_true",
        help="let the value decide: 2/4 is 1/2",
    )
    parser.add_argument("--json", action="store_true", help="print JSON data")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the explanation; 0 if the answer is right, else 1."""
    explanation = explain(
        arguments.answer,
        arguments.truth,
        require_simplified=not arguments.allow_unsimplified,
    )
    print(json.dumps(_data(explanation), indent=2) if arguments.json else explanation)
    return 0 if explanation.verdict else 1


def _data(explanation: Explanation) -> dict[str, Any]:
    verdict = explanation.verdict
    return {
        "correct": verdict.correct,
        "method": verdict.method,
        "normalized": verdict.normalized,
        "steps": [dataclasses.asdict(step) for step in explanation.steps],
    }
