"""Settings as the command line has them: ``beta=0.9,aggregator=median_correct``."""

from __future__ import annotations

from lead_rs._errors import CommandError
from lead_rs._lead_rs import LeadConfig

Value = float | str | None


def parse(text: str) -> dict[str, Value]:
    """Settings by name.

    Raises:
        CommandError: what is not KEY=VALUE, or a key twice.

    Example:
        >>> parse("beta=0.9,aggregator=median_correct,static_lambda_corr=null")
        {'beta': 0.9, 'aggregator': 'median_correct', 'static_lambda_corr': None}
    """
    settings: dict[str, Value] = {}
    for part in text.split(","):
        key, equals, value = (piece.strip() for piece in part.partition("="))
        key = key.removeprefix("algorithm.").removeprefix("lead_")
        if not equals or not key or not value:
            raise CommandError(f"{part!r} is not KEY=VALUE (as beta=0.9, or beta=0.9,alpha=2)")
        if key in settings:
            raise CommandError(f"{text!r} has {key} twice")
        settings[key] = _value(value)
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


def _value(text: str) -> Value:
    if text.lower() in ("null", "none"):
        return None
    try:
        return float(text)
    except ValueError:
        return text
