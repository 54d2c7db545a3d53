r"""The graders people use today, behind one signature.

- `deepscaler`: the grader LEAD was trained with, re-created from its behaviour: mathd's string
  normalisation, or else SymPy on the answers as text.
- `math_verify`: Math-Verify, called as its documentation says.
- `string_match`: what LEAD falls back to without SymPy.

A grader takes a response and a ground truth, and returns whether it accepts the response.
DeepScaleR's does not return from some inputs (``9**9**9``): call it through `guarded.Guarded`.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable

Grader = Callable[[str, str], bool]


def boxed(response: str) -> str | None:
    r"""DeepScaleR's extraction: the last ``\boxed{...}``, escaped braces counted too."""
    at = response.rfind(r"\boxed")
    if at < 0 or not response.startswith(r"\boxed{", at):
        return None
    start = at + len(r"\boxed{")
    depth = 1
    for end in range(start, len(response)):
        depth += {"{": 1, "}": -1}.get(response[end], 0)
        if depth == 0:
            return response[start:end]
    return None


def without_box(truth: str) -> str | None:
    """A ground truth as DeepScaleR reads it."""
    return boxed(truth) if r"\boxed" in truth else truth


# --- mathd: strings after normalisation -------------------------------------------------------


def unwrap_text(answer: str) -> str:
    r"""The inside of a ``\text{}`` around the whole answer."""
    return re.sub(r"^\\text\{(.+?)\}$", r"\1", answer.strip()).strip()


def brace_roots(answer: str) -> str:
    r"""``\sqrt3`` with braces."""
    return re.sub(r"\\sqrt([^{])", r"\\sqrt{\1}", answer)


def brace_fractions(answer: str) -> str:
    r"""``\frac12`` with braces; the answer as it was where a fraction lacks its two arguments."""
    first, *rest = answer.split(r"\frac")
    out = [first]
    for part in rest:
        if part.startswith("{"):
            out.append(part)
        elif len(part) < 2:
            return answer
        elif part[1] == "{":
            out.append(f"{{{part[0]}}}{part[1:]}")
        else:
            out.append(f"{{{part[0]}}}{{{part[1]}}}{part[2:]}")
    return r"\frac".join(out)


def plain_fraction(answer: str) -> str:
    r"""``a/b`` of two integers as ``\frac{a}{b}``."""
    top, slash, bottom = answer.partition("/")
    try:
        same = slash and answer == f"{int(top)}/{int(bottom)}"
    except ValueError:
        return answer
    return rf"\frac{{{int(top)}}}{{{int(bottom)}}}" if same else answer


_MATHD_DROPPED = ("\n", r"\!")
_MATHD_REWRITTEN = (
    ("\\\\", "\\"),
    ("tfrac", "frac"),
    ("dfrac", "frac"),
    (r"\left", ""),
    (r"\right", ""),
    (r"^{\circ}", ""),
    (r"^\circ", ""),
    (r"\$", ""),
)


def mathd_normalize(answer: str) -> str:
    """The string mathd compares; the answer itself where it names two units."""
    stripped = answer.strip()
    answer = unwrap_text(answer)
    for dropped in _MATHD_DROPPED:
        answer = answer.replace(dropped, "")
    for old, new in _MATHD_REWRITTEN:
        answer = answer.replace(old, new)
    answer, *units = answer.split(r"\text{ ")
    if len(units) > 1:
        return stripped
    answer = answer.replace(r"\%", "")
    answer = answer.replace(" .", " 0.").replace("{.", "{0.")
    if not answer:
        return answer
    if answer.startswith("."):
        answer = "0" + answer
    left, equals, right = answer.partition("=")
    if equals and "=" not in right and len(left) <= 2:
        answer = right
    answer = brace_fractions(brace_roots(answer).replace(" ", ""))
    return plain_fraction(r"\frac{1}{2}" if answer == "0.5" else answer)


def mathd(answer: str, truth: str) -> bool:
    """Whether mathd's normal forms are the same string."""
    return mathd_normalize(answer) == mathd_normalize(truth)


# --- sympy: answers as text, then as expressions ----------------------------------------------

_UNITS = re.compile(
    r"(degree|cm|centimeter|meter|mile|second|minute|hour|day|week|month|year|foot|feet|inch|yard)"
    r"(es)?(s)? *(\^[0-9]+)?"
)
_SYMBOLS = {
    "√": "sqrt",
    "π": "pi",
    "∞": "inf",
    "\N{UNION}": "U",
    "·": "*",
    "\N{MULTIPLICATION SIGN}": "*",
}
_TOLERANCE = 1e-7


def as_float(text: str) -> float | None:
    """The text as a float, None if it isn't one."""
    try:
        return float(text)
    except ValueError:
        return None


def near_integer(value: float | None) -> bool:
    """Whether a float is an integer up to noise."""
    try:
        return value is not None and abs(value - round(value)) <= _TOLERANCE
    except (OverflowError, ValueError):
        return False


def without_separators(text: str) -> str:
    """Without the commas between groups of three digits."""
    before = None
    while before != text:
        before, text = text, re.sub(r"(\d),(\d{3})($|\D)", r"\1\2\3", text)
    return text


def is_integer(text: str) -> bool:
    """Whether the text is an integer, thousands separators and float noise aside."""
    return near_integer(as_float(without_separators(text)))


def latex_to_text(answer: str) -> str:
    """LaTeX as plain text, which loses the grouping of fractions and braces."""
    from pylatexenc import latex2text

    for fraction in (r"\tfrac", r"\dfrac"):
        answer = answer.replace(fraction, r"\frac")
    text = latex2text.LatexNodes2Text().latex_to_text(answer.replace(r"\frac", r" \frac"))
    for symbol, word in _SYMBOLS.items():
        text = text.replace(symbol, word)
    return text.strip()


def sympy_normalize(answer: str) -> str:
    """The text that DeepScaleR's second path compares."""
    answer = re.sub(r"^\\text\{(.+?)\}$", r"\1", answer)
    for sign in (r"\%", r"\$", "$", "%"):
        answer = answer.replace(sign, "")
    for word in (" or ", " and "):
        answer = answer.replace(word, " , ")
    for power, word in ((6, "million"), (9, "billion"), (12, "trillion")):
        answer = answer.replace(word, f"*10^{power}")
    answer = _UNITS.sub("", answer)
    answer = re.sub(r"\^ *\\circ", "", answer)
    if answer.startswith("{") and answer.endswith("}"):
        answer = answer[1:-1]
    answer = re.sub(r",\\! *", "", answer)
    value = as_float(answer)
    if near_integer(value):
        answer = str(round(value))
    if "\\" in answer:
        with contextlib.suppress(Exception):  # whatever pylatexenc raises, the LaTeX stays
            answer = latex_to_text(answer)
    answer = re.sub(r"- *", "-", answer)
    answer = re.sub(r"([0-9]) +([0-9])", r"\1+\2", answer)
    for dropped in " {}":
        answer = answer.replace(dropped, "")
    answer = answer.lower()
    return str(int(float(without_separators(answer)))) if is_integer(answer) else answer


def elements(answer: str) -> list[str]:
    """The parts of a tuple or interval without inner brackets, else the one answer."""
    answer = without_separators(answer)
    brackets = "()[]"
    if (
        len(answer) > 2
        and answer[0] in brackets
        and answer[-1] in brackets
        and not set(brackets) & set(answer[1:-1])
    ):
        return [part.strip() for part in answer[1:-1].split(",")]
    return [answer]


def may_evaluate(expression: str) -> bool:
    """Whether DeepScaleR hands this to SymPy: few letters, no large powers."""
    letters = {c for c in expression.replace("sqrt", "").replace("frac", "") if c.isalpha()}
    powers = ("^{", "^(")
    return (
        len(letters) <= 2
        and not any(power in expression for power in powers)
        and not re.search(r"\^[0-9]+\^|\^[0-9][0-9]+", expression)
    )


def equal_expressions(answer: str, truth: str) -> bool:
    """Whether SymPy simplifies the difference to zero."""
    import sympy
    from sympy.parsing import sympy_parser

    difference = f"({truth})-({answer})"
    if not may_evaluate(difference):
        return False
    try:
        parsed = sympy_parser.parse_expr(
            difference.replace("^", "**"),
            transformations=(
                *sympy_parser.standard_transformations,
                sympy_parser.implicit_multiplication_application,
            ),
        )
        return sympy.simplify(parsed) == 0
    except Exception:  # text that isn't an expression raises anything
        return False


def equal_elements(answer: str, truth: str) -> bool:
    """Whether two elements match; fractions only as they are written."""
    fraction = r"-?[0-9]+.?/0*[1-9][0-9]*.?"
    if re.fullmatch(fraction, answer) and re.fullmatch(fraction, truth):
        return answer == truth
    if is_integer(answer) != is_integer(truth):
        return False
    return equal_expressions(answer, truth)


def sympy_path(answer: str, truth: str) -> bool:
    """DeepScaleR's second path."""
    answer, truth = sympy_normalize(answer), sympy_normalize(truth)
    if answer == truth:
        return True
    if not answer:
        return False
    answers, truths = elements(answer), elements(truth)
    if len(truths) > 1 and (answer[0], answer[-1]) != (truth[0], truth[-1]):
        return False
    return len(answers) == len(truths) and all(map(equal_elements, answers, truths))


def deepscaler_match(answer: str, truth: str) -> bool:
    """Whether either path accepts the answer."""
    return mathd(answer, truth) or sympy_path(answer, truth)


def deepscaler(response: str, truth: str) -> bool:
    """DeepScaleR's verdict on a response."""
    answer, expected = boxed(response), without_box(truth)
    if answer is None or expected is None:
        return False
    return deepscaler_match(answer, expected)


# --- the others -------------------------------------------------------------------------------


def math_verify(response: str, truth: str) -> bool:
    """Math-Verify's verdict on a response."""
    from math_verify import parse, verify

    return verify(parse(rf"\boxed{{{truth}}}"), parse(response))


def fallback_match(answer: str, truth: str) -> bool:
    """LEAD's match without SymPy: strings without spaces and commas, or close floats."""
    answer, truth = (re.sub(r"[\s,]", "", text.lower()) for text in (answer, truth))
    if answer == truth:
        return True
    values = as_float(answer), as_float(truth)
    return None not in values and abs(values[0] - values[1]) < 1e-6


def string_match(response: str, truth: str) -> bool:
    """LEAD's fallback verdict on a response."""
    answer, expected = boxed(response), without_box(truth)
    return answer is not None and expected is not None and fallback_match(answer, expected)


GRADERS: dict[str, Grader] = {
    "deepscaler": deepscaler,
    "math_verify": math_verify,
    "string_match": string_match,
}
