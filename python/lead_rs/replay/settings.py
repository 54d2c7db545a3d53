"""Settings as the command line has them: ``beta=0.9,aggregator=median_correct``."""

from __future__ import annotations

import json
from typing import Any, TypeAlias

from lead_rs._errors import CommandError
from lead_rs._lead_rs import LeadConfig

Value: TypeAlias = float | str | list[Any] | None


def parse(text: str) -> dict[str, Value]:
    """Settings by name; a list is JSON.

    Raises:
        CommandError: what is not KEY=VALUE, a key twice, or a list that is no JSON.

    Example:
        >>> parse("beta=0.9,aggregator=median_correct,static_lambda_corr=null")
        {'beta': 0.9, 'aggregator': 'median_correct', 'static_lambda_corr': None}
    """
    settings: dict[str, Value] = {}
    for part in _parts(text):
        key, equals, value = (piece.strip() for piece in part.partition("="))
        key = key.removeprefix("algorithm.").removeprefix("lead_")
        if not equals or not key or not value:
            raise CommandError(f"{part!r} is not KEY=VALUE (as beta=0.9, or beta=0.9,alpha=2)")
        if key in settings:
            raise CommandError(f"{text!r} has {key} twice")
        settings[key] = _value(key, value)
    return settings


def config(settings: dict[str, Value]) -> LeadConfig:
    """The settings checked.

    Raises:
        CommandError: an unknown name, or a value that is out of range.
    """
    every_number = LeadConfig(static_lambda_corr=0.5).to_dict().items()
    numbers = {name for name, value in every_number if isinstance(value, float)}
    for name, value in settings.items():
        if name in numbers and isinstance(value, str):
            raise CommandError(f"{name} must be a number, got {value!r}")
    try:
        return LeadConfig.from_dict(settings)
    except (ValueError, TypeError) as error:
        raise CommandError(str(error)) from None


def _parts(text: str) -> list[str]:
    """What is between the commas that are in no list."""
    parts, depth = [""], 0
    for character in text:
        depth += (character in "[{") - (character in "]}")
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return parts


def _value(key: str, text: str) -> Value:
    if text.startswith("["):
        try:
            values: list[Any] = json.loads(text)
        except ValueError as error:
            raise CommandError(f"{key} must be a list as JSON has it: {error}") from None
        return values
    if text.lower() in ("null", "none"):
        return None
    try:
        return float(text)
    except ValueError:
        return text
