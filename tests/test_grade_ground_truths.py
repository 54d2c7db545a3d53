"""Real ground truths: each equals itself and its harmless rewritings, and no near miss of it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import lead_rs
from needs_data import needs, real_data

ALL = "grader/ground_truths.jsonl"
SAMPLE = Path(__file__).parent / "grade_cases" / "ground_truths.json"


@pytest.fixture(scope="module", params=["sample", pytest.param("all", marks=needs(ALL))])
def truths(request):
    if request.param == "sample":
        return json.loads(SAMPLE.read_text(encoding="utf-8"))
    return [json.loads(line) for line in real_data(ALL).read_text(encoding="utf-8").splitlines()]


def report(wrong, tried):
    shown = "\n".join(wrong[:40])
    return f"{len(wrong)} of {tried} wrong\n{shown}"


# Words and environment names in braces are one token, so that no rewriting reaches into them.
TOKEN = re.compile(
    r"\\(?:text|mbox|textnormal|textsc|textbf|mathrm|mathbf|mathbb|begin|end)\s*\{[^{}]*\}"
    r"|\\[A-Za-z]+|\\.|\d+(?:\.\d+)?|[A-Za-z]+|\s+|.",
    re.DOTALL,
)
FENCED = re.compile(r"\$|\\[\[\](]|\\\)|\\boxed")
PROSE = re.compile(r"\\(?:text|mbox|textnormal|textsc|mathrm|mathbf|mathbb)\b|[A-Za-z]{3}")
NUMERIC = re.compile(r"(?!.*\d \d)(?:\\[dt]?frac|\\sqrt|\\pi|[0-9{}+\- ])+")


def tokens(text):
    return TOKEN.findall(text)


def balanced(text):
    depth = 0
    for token in tokens(text):
        depth += {"{": 1, "}": -1}.get(token, 0)
        if depth < 0:
            return False
    return depth == 0


def fence(left, right):
    """Puts a whole truth between delimiters, unless it brings its own or a final full stop."""

    def rewrite(text):
        own = FENCED.search(text) or text.endswith(".")
        return left + text + right if balanced(text) and not own else None

    return rewrite


def separates(parts, at):
    """Whether the comma at `at` is no thousands separator."""
    after = "".join(parts[at + 1 :])
    before = "".join(parts[:at])
    return not (re.search(r"\d\s*$", before) and re.match(r"(?:\\!|[ \s])*\d{3}(?!\d)", after))


def spaced(filler, commas):
    """Puts a filler around operators, where it is neither a sign's place nor in a number."""

    def rewrite(text):
        if not balanced(text) or PROSE.search(re.sub(r"\\[A-Za-z]+", "", text)):
            return None
        parts, out = tokens(text), []
        for at, part in enumerate(parts):
            before = next((p for p in reversed(parts[:at]) if not p.isspace()), "")
            operator = part in ("+", "-", "=", "<", ">") and not (
                before in ("^", "_", r"\left", r"\right", ":", "<", ">", "=", "-", "+")
                or before.startswith("\\")
                or re.fullmatch("[eE]", before)
            )
            if operator:
                out.append(filler + part + filler)
            elif commas and part == "," and separates(parts, at) and before != "{":
                out.append("," + filler)
            else:
                out.append(part)
        return "".join(out)

    return rewrite


def without_spaces(text):
    """Removes the spaces that separate neither words, digits nor a command from a letter."""
    parts, out = tokens(text), []
    for at, part in enumerate(parts):
        before, after = (out[-1] if out else ""), (parts[at + 1] if at + 1 < len(parts) else "")
        needed = (
            (before[-1:].isalnum() and after[:1].isalnum())
            or (before.endswith((",", r"\!")) and re.match(r"\d|\\!", after))
            or before in (".", "$", ")")
            or after in (".", "$", "(", "'")
        )
        if not (part.isspace() and not needed):
            out.append(part)
    return "".join(out)


def delimiters(text):
    """The places of the matching brackets of expressions, or None where they do not match."""
    stack, pairs, parts = [], [], tokens(text)
    for at, part in enumerate(parts):
        before = next((p for p in reversed(parts[:at]) if not p.isspace()), "")
        if part in ("(", "[", "{"):
            stack.append((at, part, before))
        elif part in (")", "]", "}"):
            if not stack:
                return None
            start, opener, owner = stack.pop()
            if (opener == "{") != (part == "}"):
                return None
            if opener != "{" and owner not in (r"\sqrt", r"\left", r"\\", "_"):
                pairs.append((start, at))
    return None if stack else pairs


def sized(text):
    pairs, parts = delimiters(text), tokens(text)
    if not pairs or "_{(" in text or PROSE.search(text) or r"\left" in parts:
        return None
    for start, end in pairs:
        parts[start], parts[end] = r"\left" + parts[start], r"\right" + parts[end]
    return "".join(parts)


def unsized(text):
    return re.sub(r"\\(?:left|right)(?![A-Za-z])\s*(?!\.)", "", text) if r"\left" in text else None


def swap(old, new):
    return lambda text: re.sub(rf"\\{old}(?![A-Za-z])", rf"\\{new}", text)


UNICODE = {
    r"\pi": "\N{GREEK SMALL LETTER PI}",
    r"\infty": "\N{INFINITY}",
    r"\times": "\N{MULTIPLICATION SIGN}",
    r"\cup": "\N{UNION}",
    r"\leq": "\N{LESS-THAN OR EQUAL TO}",
    r"\geq": "\N{GREATER-THAN OR EQUAL TO}",
}


def unicode(text):
    return "".join(UNICODE.get(part, part) for part in tokens(text))


def grouped(text):
    return text.replace(",", "{,}") if re.fullmatch(r"\d{1,3}(,\d{3})+", text) else None


def on_numbers(template):
    """What policy allows around a number: a left side, a unit."""
    return lambda text: template.format(text) if NUMERIC.fullmatch(text) else None


REWRITINGS = {
    "itself": lambda text: text,
    # A box within a box is a part of what it says.
    "boxed": lambda text: (
        rf"\boxed{{{text}}}" if balanced(text) and r"\boxed" not in text else None
    ),
    "dollars": fence("$", "$"),
    "round fences": fence(r"\(", r"\)"),
    "square fences": fence(r"\[", r"\]"),
    "braces": fence("{", "}"),
    "full stop": lambda text: text + "." if re.search(r"[\w})\]]$", text) else None,
    "surrounding space": lambda text: f"  {text}\n",
    "spaces around operators": spaced(" ", commas=True),
    "thin spaces": spaced(r"\,", commas=True),
    "thick spaces": spaced(r"\;", commas=False),
    "negative spaces": spaced(r"\!", commas=False),
    "no spaces": without_spaces,
    "sized delimiters": sized,
    "plain delimiters": unsized,
    "display fractions": swap("frac", "dfrac"),
    "text fractions": swap("frac", "tfrac"),
    "plain fractions": swap("dfrac", "frac"),
    "Unicode": unicode,
    "grouped digits": grouped,
    "a left side": on_numbers("x = {}"),
    "a unit": on_numbers(r"{} \text{{ cm}}"),
}


@pytest.mark.parametrize("name", REWRITINGS)
def test_rewritings_are_equal(truths, name):
    wrong, tried = [], 0
    for truth in truths:
        answer = REWRITINGS[name](truth)
        if answer is None:
            continue
        for pair in ((answer, truth), (truth, answer)):
            tried += 1
            if not (got := lead_rs.grade(*pair)).correct:
                wrong.append(f"{pair[0]!r} = {pair[1]!r}: {got.method}")
    assert tried
    assert not wrong, report(wrong, tried)


INTEGER = r"-?\d+"
RADICAL = r"(-?\d*)\s*\\sqrt\s*\{(\d+)\}"


def replace(pattern, function):
    """A mutation of the truths that match a pattern whole; None where it changes nothing."""

    def mutate(text):
        match = re.fullmatch(pattern, text)
        return function(match) if match else None

    return mutate


def other_digit(text):
    """The same number with another last digit."""
    digits = [at for at, char in enumerate(text) if char.isdigit()]
    at = digits[-1]
    return f"{text[:at]}{(int(text[at]) + 1) % 10}{text[at + 1 :]}"


def other_sign(text):
    return text[1:] if text.startswith("-") else f"-{text}"


def swapped_fraction(match):
    top, bottom = match[2], match[3]
    same = abs(int(top)) == abs(int(bottom)) or int(top) == 0
    return None if same else f"{match[1]}{{{bottom}}}{{{top}}}"


def flipped(match):
    """The first finite end of an interval opened or closed."""
    text = match[0]
    if r"\infty" not in match[2]:
        return {"(": "[", "[": "("}[text[0]] + text[1:]
    if r"\infty" not in match[3]:
        return text[:-1] + {")": "]", "]": ")"}[text[-1]]
    return None


def reordered(match):
    items = [item.strip() for item in match[1].split(",")]
    backwards = items[::-1]
    return None if items == backwards else f"({', '.join(backwards)})"


def shorter(match):
    return match[0].rpartition(",")[0]


def moved_rows(match):
    rows = [row.strip() for row in match[1].split(r"\\")]
    if len(set(rows)) == 1:
        return None
    return r"\begin{pmatrix}" + r" \\ ".join(rows[1:] + rows[:1]) + r"\end{pmatrix}"


FRACTION = rf"(-?\\[dt]?frac)\s*\{{({INTEGER})\}}\s*\{{({INTEGER})\}}"
INTERVAL = r"([(\[])([^,()\[\]{}]*),([^,()\[\]{}]*)([)\]])"
EXPRESSION = re.compile(
    r"(?:\\[dt]?frac|\\sqrt|\\pi|\\cdot|\\times|\\ln|\\binom|[0-9a-z{}()+\-*/^! ]|\.\d)+"
)


def plus_one(text):
    """A finite value plus one is another value, whatever the expression is."""
    words = PROSE.search(re.sub(r"\\[a-z]+", "", text))
    simple = EXPRESSION.fullmatch(text) and balanced(text) and not words
    return rf"\left({text}\right) + 1" if simple else None


NEAR_MISSES = {
    "another digit": replace(rf"{INTEGER}|-?\d*\.\d+", lambda m: other_digit(m[0])),
    "another sign": replace(r"-?[1-9]\d*(\.\d+)?", lambda m: other_sign(m[0])),
    "the opposite fraction": replace(FRACTION, lambda m: other_sign(m[0]) if int(m[2]) else None),
    "the swapped fraction": replace(FRACTION, swapped_fraction),
    "another numerator": replace(FRACTION, lambda m: f"{m[1]}{{{other_digit(m[2])}}}{{{m[3]}}}"),
    "a lost root": replace(
        RADICAL, lambda m: f"{m[1]}({m[2]})" if int(m[2]) > 1 and m[1] != "0" else None
    ),
    "another radicand": replace(RADICAL, lambda m: rf"{m[1]}\sqrt{{{other_digit(m[2])}}}"),
    "a cube root": replace(
        RADICAL, lambda m: rf"{m[1]}\sqrt[3]{{{m[2]}}}" if int(m[2]) > 1 else None
    ),
    "the conjugate": replace(
        rf"({INTEGER}) ?([+-]) ?(\d*\\sqrt\{{[1-9]\d*\}})",
        lambda m: f"{m[1]} {'-' if m[2] == '+' else '+'} {m[3]}",
    ),
    "a lost pi": replace(r"(\d+)\s*\\pi", lambda m: m[1]),
    "another bracket": replace(INTERVAL, flipped),
    "another order": replace(rf"\(((?:{INTEGER})(?:,\s*{INTEGER})+)\)", reordered),
    "a member less": replace(rf"{INTEGER}(?:,\s+{INTEGER})+", shorter),
    "another base": replace(r"([1-9]\d+)_\{?([2-8])\}?", lambda m: f"{m[1]}_{int(m[2]) + 1}"),
    "no base": replace(r"([1-9]\d+)_\{?([2-9])\}?", lambda m: m[1]),
    "digits with the base appended": replace(r"([1-9]\d*)_\{?([2-9])\}?", lambda m: m[1] + m[2]),
    "rows moved": replace(r"\s*\\begin\{pmatrix\}([^a-z]*)\\end\{pmatrix\}\s*", moved_rows),
    "another variable": replace(rf"([a-wyz]) ?= ?({INTEGER})", lambda m: f"x = {m[2]}"),
    "another percentage": replace(r"([\d.]*\d)\s*\\%", lambda m: rf"{other_digit(m[1])}\%"),
    "another angle": replace(r"([\d.]*\d)\^\{?\\circ\}?", lambda m: rf"{other_digit(m[1])}^\circ"),
    "another unit": replace(
        r"([\d.]+) ?\\text\{ ?(?:cm|inches|feet|miles|days|degrees|dollars|hours)\}",
        lambda m: rf"{m[1]}\text{{ kg}}",
    ),
    "another constant": replace(
        r"([a-z0-9^{}+\- ]*[a-z][a-z0-9^{}+\- ]*[+-] ?)(\d+)",
        lambda m: m[1] + other_digit(m[2]),
    ),
    "another constant of an equation": replace(
        r"([a-z0-9^+\- ]*[a-z][a-z0-9^+\- ]*[+-] ?)(\d+) = 0",
        lambda m: f"{m[1]}{other_digit(m[2])} = 0",
    ),
    "the word backwards": replace(
        r"\\text\{([A-Z]?[a-z]{2,})\}",
        lambda m: None if m[1].lower() == m[1][::-1].lower() else rf"\text{{{m[1][::-1]}}}",
    ),
    "the ratio turned round": replace(
        r"(\d+) ?: ?(\d+)", lambda m: f"{m[2]}:{m[1]}" if int(m[1]) != int(m[2]) else None
    ),
    "one more": plus_one,
}


@pytest.mark.parametrize("name", NEAR_MISSES)
def test_near_misses_are_not_equal(truths, name):
    wrong, tried = [], 0
    for truth in truths:
        answer = NEAR_MISSES[name](truth)
        if answer is None:
            continue
        for pair in ((answer, truth), (truth, answer)):
            tried += 1
            if (got := lead_rs.grade(*pair, require_simplified=False)).correct:
                wrong.append(f"{pair[0]!r} = {pair[1]!r}: {got.method}")
    assert tried
    assert not wrong, report(wrong, tried)


CLASSES = {
    "sums, integrals, limits": r"\\(?:sum|int|lim|prod)\b",
    "cases and layout": r"\\begin|\\phantom|\\underbrace",
    "divisibility and logic": r"\\(?:mid|equiv|bmod|forall|not)\b",
    "bases that are no number": r"_",
    "sentences": r"[A-Za-z]{2} ",
}


def not_understood(truth):
    """Why a truth is compared as text only; None where it is read as mathematics, or is words."""
    reading = lead_rs.explain("0", truth).steps[-1].ground_truth
    if reading != "not understood":
        return None
    return next((name for name, sign in CLASSES.items() if re.search(sign, truth)), "other")


def test_most_truths_are_more_than_text(truths):
    left = {}
    for truth in truths:
        if (reason := not_understood(truth)) is not None:
            left.setdefault(reason, []).append(truth)
    report = "\n".join(f"{len(items):4} {name}: {items[:5]}" for name, items in left.items())
    assert sum(map(len, left.values())) <= 0.03 * len(truths), report
    print(report)
