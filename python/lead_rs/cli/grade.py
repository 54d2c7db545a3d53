"""``lead-rs grade ANSWER TRUTH``: is it right, and how was that decided."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from lead_rs._errors import CommandError
from lead_rs._explain import Explanation, explain
from lead_rs._lead_rs import RewardConfig, grade
from lead_rs.cli.command import Command, Result


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what is its own to the command's parser."""
    parser.add_argument(
        "answer", metavar="ANSWER", nargs="?", help="an answer, or a text with a \\boxed{}"
    )
    parser.add_argument("truth", metavar="TRUTH", nargs="?", help="the ground truth, likewise")
    parser.add_argument("--file", metavar="FILE", help="a file of pairs; - for standard input")
    parser.add_argument(
        "--allow-unsimplified",
        action="store_true",
        help="let the value decide: 2/4 is 1/2",
    )
    parser.add_argument(
        "--tolerance",
        type=_tolerance,
        help="how far from the truth's value a right one may be: a part of it, such as 0.01, or "
        '"rounding", to the digits of a decimal truth (default: not at all)',
    )
    parser.add_argument(
        "--extract",
        default="boxed",
        choices=["boxed", "auto", "last_number", "whole"],
        help="where in ANSWER the answer is looked for (default: boxed)",
    )
    parser.add_argument(
        "--after-think", action="store_true", help="look only behind the last </think>"
    )


def run(arguments: argparse.Namespace) -> Result | int:
    """The explanation, or print the verdicts; 0 if the answer is right, or all are, else 1."""
    pair = (arguments.answer, arguments.truth)
    if (arguments.file is None) == (None in pair) or (arguments.file and any(pair)):
        arguments.usage_error("give an ANSWER and a TRUTH, or a --file of them")
    settings = {
        "require_simplified": not arguments.allow_unsimplified,
        "tolerance": arguments.tolerance,
        "extract": arguments.extract,
        "after_think": arguments.after_think,
    }
    if arguments.file is not None:
        return _grade_file(arguments.file, settings)
    explanation = explain(*pair, **settings)
    return Result(_data(explanation), str(explanation), 0 if explanation.verdict else 1)


def _tolerance(text: str) -> Any:
    try:
        return RewardConfig.from_text([("tolerance", "it", text)]).tolerance
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _grade_file(name: str, settings: dict[str, Any]) -> int:
    right = True
    with _opened(name) as file:
        for answer, truth in _pairs(file, name):
            verdict = grade(answer, truth, **settings)
            right = right and verdict.correct
            print(json.dumps(_verdict(verdict)))
    return 0 if right else 1


def _opened(name: str) -> contextlib.AbstractContextManager[IO[str]]:
    if name == "-":
        return contextlib.nullcontext(sys.stdin)
    try:
        return Path(name).open(encoding="utf-8")
    except OSError as error:
        raise CommandError(f"--file {name} cannot be read: {error.strerror}") from None


def _pairs(file: IO[str], name: str) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(file, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise CommandError(f"line {number} of {name} is not JSON: {error}") from None
        match row:
            case {"answer": str(answer), "truth": str(truth)}:
                yield answer, truth
            case _:
                raise CommandError(
                    f'line {number} of {name} must be {{"answer": "...", "truth": "..."}}, '
                    f"got {line.strip():.60}"
                )


def _data(explanation: Explanation) -> dict[str, Any]:
    steps = [dataclasses.asdict(step) for step in explanation.steps]
    return {**_verdict(explanation.verdict), "steps": steps}


def _verdict(verdict: Any) -> dict[str, Any]:
    return {
        "correct": verdict.correct,
        "method": verdict.method,
        "normalized": verdict.normalized,
    }


COMMAND = Command(
    "grade",
    "grade an answer against a ground truth, and say how; or a file of them",
    r"lead-rs grade '\boxed{\frac{1}{2}}' 0.5" + "\nlead-rs grade -- -3 '-6/2'",
    run,
    add_arguments,
    more="The exit status is 0 if it is right, 1 if it is wrong. With --file: JSON lines of pairs "
    'in, such as {"answer": "1/2", "truth": "0.5"}, and of verdicts out; 0 if all are right. '
    "Before an answer that begins with a minus sign, write --.",
    aliases=("explain",),
)
