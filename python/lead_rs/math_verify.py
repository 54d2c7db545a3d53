r"""`parse`, `verify` and `math_metric` with Math-Verify's names and shapes: change the import only.

``from lead_rs.math_verify import parse, verify`` instead of ``from math_verify import ...``. What
differs: there are no time-outs to set and no threads to avoid (a verdict takes less than a
millisecond); what is compared is one answer, not the likeliest of several; a number is not rounded.
Math-Verify itself is not needed.
"""

from __future__ import annotations

import dataclasses
import itertools
import logging
from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeAlias

from lead_rs import _lead_rs
from lead_rs._errors import LeadError

_logger = logging.getLogger(__name__)


class TimeoutException(Exception):
    """Never raised: there are no time-outs. For code that catches Math-Verify's."""


@dataclasses.dataclass(frozen=True)
class LatexExtractionConfig:
    r"""Look for a box or a formula.

    Attributes:
        try_extract_without_anchor: False, as in TRL's rewards: look for a box and for nothing else,
            which is ``extract="boxed"``.
        boxed_match_priority: -1 is refused, any other is the same: a box is looked for first.
        normalization_config: taken and not used: what is typography is decided by the grader.
    """

    try_extract_without_anchor: bool = True
    boxed_match_priority: int = 50
    normalization_config: Any = None

    def __post_init__(self) -> None:
        """Refuse what would be another extraction."""
        if self.boxed_match_priority < 0:
            raise LeadError(
                "boxed_match_priority must be >= 0: a box is the answer where there is one, "
                f"got {self.boxed_match_priority}"
            )


@dataclasses.dataclass(frozen=True)
class ExprExtractionConfig:
    """Look for a number or an expression in plain text.

    Attributes:
        try_extract_without_anchor: as in `LatexExtractionConfig`.
    """

    try_extract_without_anchor: bool = True


@dataclasses.dataclass(frozen=True)
class StringExtractionConfig:
    """Look for one of some words, such as the letters of choices.

    Attributes:
        strings: the words.
        try_extract_without_anchor: False: look in the box and nowhere else.
        lowercase: whether the word is returned in lower case.
    """

    strings: tuple[str, ...] = ("A", "B", "C", "D")
    try_extract_without_anchor: bool = True
    lowercase: bool = True


ExtractionTarget: TypeAlias = LatexExtractionConfig | ExprExtractionConfig | StringExtractionConfig

_DEFAULT = (LatexExtractionConfig(), ExprExtractionConfig())


def parse(
    pred: str,
    extraction_config: Sequence[ExtractionTarget] = _DEFAULT,
    fallback_mode: Literal["no_fallback", "first_match"] = "first_match",
    extraction_mode: Literal["first_match", "any_match"] = "any_match",
    parsing_timeout: int | None = None,
    raise_on_error: bool = False,
) -> list[str]:
    r"""Extract the answer of a text.

    Args:
        pred: a response, or an answer by itself.
        extraction_config: what to look for. The first of the kinds that finds something counts;
            `LatexExtractionConfig` and `ExprExtractionConfig` are both ``extract="auto"`` of
            `lead_rs.extract_answer`, or ``"boxed"`` where an anchor is asked for.
        fallback_mode: ``no_fallback``: nothing where what was found cannot be read.
        extraction_mode: one answer is looked for in either.
        parsing_timeout: not needed and not used.
        raise_on_error: not used: nothing is raised.

    Returns:
        A list of the answer's text, empty where there is none; what `verify` takes.

    Raises:
        TypeError: another type of text or configuration.
        LeadError: another mode.

    Example:
        >>> parse(r"The answer is $\frac{1}{2}$")
        ['$\\frac{1}{2}$']
        >>> parse("The answer is (B)", extraction_config=[StringExtractionConfig()])
        ['b']
    """
    _one_of("fallback_mode", fallback_mode, ("no_fallback", "first_match"))
    _one_of("extraction_mode", extraction_mode, ("first_match", "any_match"))
    for config in extraction_config:
        answer = _answer(pred, config)
        if answer and (fallback_mode == "first_match" or _lead_rs.unreadable(answer) is None):
            return [answer]
    return []


def verify(
    gold: str | Sequence[str],
    target: str | Sequence[str],
    float_rounding: int = 6,
    numeric_precision: int = 15,
    strict: bool = True,
    allow_set_relation_comp: bool = False,
    timeout_seconds: int | None = None,
    raise_on_error: bool = False,
) -> bool:
    r"""Whether an answer is the gold one.

    Args:
        gold: what `parse` returned of the gold answer, or its text.
        target: what `parse` returned of the answer to verify, or its text.
        float_rounding: must be 6, which is not used: see `lead_rs.grade`'s ``tolerance``.
        numeric_precision: must be 15, likewise.
        strict: must be True: letters are what they are called.
        allow_set_relation_comp: not used: an inequality is the interval of its solutions.
        timeout_seconds: not needed and not used.
        raise_on_error: not used: nothing is raised.

    Returns:
        True if one of the targets is one of the gold answers, in value.

    Raises:
        TypeError: another type of answer.
        LeadError: a setting that is not offered here.

    Example:
        >>> verify(parse(r"$\frac{1}{2}$"), parse("So it is 0.5"))
        True
        >>> verify(parse("$x$"), parse("$y$"))
        False
    """
    for name, got, only in (
        ("float_rounding", float_rounding, 6),
        ("numeric_precision", numeric_precision, 15),
        ("strict", strict, True),
    ):
        if got != only:
            raise LeadError(f"{name} must be {only}, the only one that is offered here, got {got}")
    pairs = itertools.product(_answers("gold", gold), _answers("target", target))
    return any(
        _lead_rs.grade(answer, truth, require_simplified=False, extract="whole").correct
        for truth, answer in pairs
    )


def math_metric(
    gold_extraction_target: Sequence[ExtractionTarget] = (ExprExtractionConfig(),),
    pred_extraction_target: Sequence[ExtractionTarget] = (ExprExtractionConfig(),),
    aggregation_function: Callable[[list[float]], float] = max,
    precision: int = 6,
) -> Callable[[list[str], list[str]], tuple[float, tuple[list[str], list[str]] | None]]:
    r"""Make a metric of one sample: its gold answers and its predictions.

    Args:
        gold_extraction_target: what to look for in gold answers, as in `parse`.
        pred_extraction_target: what to look for in predictions.
        aggregation_function: of the predictions' scores, 1.0 or 0.0 each.
        precision: must be 6, as `verify`'s ``float_rounding``.

    Returns:
        A function of a list of gold answers and one of predictions: the score, and what was
        extracted of both. It raises a ValueError for a gold answer in which there is nothing.

    Example:
        >>> metric = math_metric((LatexExtractionConfig(),), (LatexExtractionConfig(),))
        >>> metric([r"$\frac12$"], [r"So \boxed{0.5}"])
        (1.0, (['$\\frac12$'], ['0.5']))
    """

    def sample(
        golds: list[str], predictions: list[str]
    ) -> tuple[float, tuple[list[str], list[str]] | None]:
        gold = [parse(text, gold_extraction_target) for text in golds]
        found = [parse(text, pred_extraction_target) for text in predictions]
        if not all(gold):
            raise LeadError(f"golds must hold an answer each, got {golds}")
        if not any(found):
            _logger.warning("no prediction has an answer: %.200s", predictions)
        right = [
            float(any(verify(one, answer, float_rounding=precision) for one in gold))
            for answer in found
        ]
        golds_found, predictions_found = (
            list(itertools.chain.from_iterable(answers)) for answers in (gold, found)
        )
        return aggregation_function(right), (golds_found, predictions_found)

    return sample


def _answer(text: str, config: ExtractionTarget) -> str | None:
    if not isinstance(config, ExtractionTarget):
        raise TypeError(
            "extraction_config must hold LatexExtractionConfig, ExprExtractionConfig or "
            f"StringExtractionConfig of lead_rs.math_verify, got {type(config).__name__}"
        )
    anywhere = config.try_extract_without_anchor
    if isinstance(config, StringExtractionConfig):
        found = text if anywhere else _lead_rs.extract_answer(text)
        return None if found is None else _last_word(found, config)
    return _lead_rs.extract_answer(text, extract="auto" if anywhere else "boxed")


def _last_word(text: str, config: StringExtractionConfig) -> str | None:
    words = "".join(c if c.isalnum() else " " for c in text).split()
    wanted = {word.lower() for word in config.strings}
    for word in reversed(words):
        if word in config.strings or (len(word) > 1 and word.lower() in wanted):
            return word.lower() if config.lowercase else word
    return None


def _answers(name: str, given: str | Sequence[str]) -> list[str]:
    answers = [given] if isinstance(given, str) else given
    for answer in answers if isinstance(answers, Sequence) else [answers]:
        if not isinstance(answer, str):
            raise TypeError(
                f"{name} must be a text or what lead_rs.math_verify.parse returned, got "
                f"{type(answer).__name__}"
            )
    return list(answers)


def _one_of(name: str, got: str, accepted: tuple[str, ...]) -> None:
    if got not in accepted:
        raise LeadError(f"{name} must be one of {', '.join(accepted)}, got {got!r}")
