"""Labelled (answer, truth) pairs made from real ground truths, and the grader's score on them.

An equal pair shows the truth in another form that models write: expanded or factored, rationalised,
decimal or fraction, reordered, interval or inequality, with a left side or a unit. An unequal pair
shows a near miss of it. Labels come from how a pair is made and, for expressions, from sympy; what
policy leaves open is not made.

Usage:
    python benches/graders/made_pairs.py [--count N] [--seed S] [--truths FILE] > pairs.jsonl
    python benches/graders/made_pairs.py --measure [--show K]

FILE holds one JSON string a line or is a JSON list; without it, it is grader/ground_truths.jsonl of
the folder that LEAD_RS_DATA names, else the sample in tests/grade_cases.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
from collections import Counter
from fractions import Fraction
from pathlib import Path

import sympy as sp

from real_data import real_data

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "tests/grade_cases/ground_truths.json"

INTEGER = r"-?\d+"
WORDS = ("Monday", "Sunday", "even", "odd", "yes", "no", "none", "Alice", "ellipse", "circle")
UNITS = ("cm", "m", "inches", "feet", "miles", "hours", "minutes", "days", "pounds", "units")


def read_truths(path):
    """The ground truths of a file, without the fences some of them come in."""
    text = path.read_text(encoding="utf-8")
    truths = json.loads(text) if text.startswith("[") else map(json.loads, text.splitlines())
    return [bare(truth) for truth in truths]


def bare(truth):
    """A truth without its fence."""
    match = re.fullmatch(r"\s*(?:\$([^$]*)\$|\\\[([^$]*)\\\])\s*", truth)
    return next(part for part in match.groups() if part is not None).strip() if match else truth


# -- LaTeX to sympy: numbers, letters, pi, e, i, fractions, roots, powers, products, ln --------


class Unread(Exception):
    """The text is not an expression of this small grammar."""


TOKEN = re.compile(r"\s*(\\[A-Za-z]+|\d+\.\d+|\.\d+|\d+|.)")


class Reader:
    """Recursive descent over LaTeX tokens; a second opinion, so it shares nothing with the core."""

    def __init__(self, text):
        """Splits the text."""
        text = re.sub(r"\\(?:left|right|,|!|;)(?![A-Za-z])", " ", text)
        text = re.sub(r"\\[dt]frac(?![A-Za-z])", r"\\frac", text)
        self.tokens = TOKEN.findall(text.strip())
        self.at = 0

    def peek(self):
        """The next token, empty at the end."""
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self, wanted=None):
        """Consumes the next token."""
        token = self.peek()
        if not token or (wanted and token != wanted):
            raise Unread
        self.at += 1
        return token

    def whole(self):
        """The expression that the whole text is."""
        value = self.sum()
        if self.peek():
            raise Unread
        return value

    def sum(self):
        """Terms with their signs."""
        total, sign = sp.Integer(0), 1
        if self.peek() in "+-" and self.peek():
            sign = -1 if self.take() == "-" else 1
        while True:
            total += sign * self.product()
            if self.peek() not in ("+", "-"):
                return total
            sign = -1 if self.take() == "-" else 1

    def product(self):
        """Factors, a mixed number first."""
        value = self.power()
        number = value.is_Integer and value >= 0 and self.tokens[self.at - 1].isdigit()
        if number and self.peek() == r"\frac":
            start = self.at
            fraction = self.power()
            plain = re.fullmatch(r"\\frac\{?\d+\}?\{?\d+\}?", "".join(self.tokens[start : self.at]))
            value = value + fraction if plain else value * fraction
        while True:
            token = self.peek()
            if token in ("*", r"\cdot", r"\times"):
                self.take()
                value *= self.power()
            elif token == "/":
                self.take()
                value /= self.power()
            elif token in ("(", "{", r"\frac", r"\sqrt", r"\pi", r"\ln") or re.fullmatch(
                "[a-z]", token
            ):
                value *= self.power()
            elif token.isdigit() and not self.tokens[self.at - 1].isdigit():
                raise Unread
            else:
                return value

    def power(self):
        """A base and its exponent."""
        base = self.atom()
        if self.peek() != "^":
            return base
        self.take()
        exponent = self.argument()
        if exponent.is_number and abs(exponent) > 40:
            raise Unread
        return base**exponent

    def atom(self):
        """A number, a letter, a command or a group."""
        token = self.take()
        if re.fullmatch(r"\d+|\d*\.\d+", token):
            return sp.Rational(token)
        if token == r"\pi":
            return sp.pi
        if token == r"\frac":
            return self.argument() / self.argument()
        if token == r"\sqrt":
            index = sp.Integer(2)
            if self.peek() == "[":
                self.take()
                index = self.sum()
                self.take("]")
            return sp.root(self.argument(), index)
        if token in "({":
            value = self.sum()
            self.take({"(": ")", "{": "}"}[token])
            return value
        if token == r"\ln":
            return sp.log(self.power())
        if token in ("e", "i"):
            return {"e": sp.E, "i": sp.I}[token]
        if re.fullmatch("[a-z]", token):
            return sp.Symbol(token, real=True)
        raise Unread

    def argument(self):
        """What a command or a power takes: a group, a command or one character."""
        if self.peek() == "{" or self.peek().startswith("\\"):
            return self.atom()
        token = self.peek()
        if token.isdigit() and len(token) > 1:
            self.tokens[self.at : self.at + 1] = [token[0], token[1:]]
        return self.atom()


def read(text):
    """The sympy expression of a truth, or None; f(x) and words may be no products."""
    if re.search(r"[fghpq]\s*\(|(?<![\\a-z])[a-z]{3}", text):
        return None
    try:
        value = Reader(text).whole()
    except (Unread, ZeroDivisionError, ValueError, KeyError):
        return None
    undefined = value.has(sp.zoo, sp.nan, sp.oo) or (value.free_symbols and value.has(sp.I))
    return None if undefined else value


def same(left, right):
    """Whether two expressions are equal: exactly, or at points to 40 digits."""
    difference = sp.expand(left - right)
    if difference == 0:
        return True
    for seed in (3, 7, 11):
        point = {x: sp.Rational(seed + k, 5) for k, x in enumerate(sorted_symbols(difference))}
        if abs(sp.N(difference.subs(point), 60)) > sp.Float("1e-40"):
            return False
    return True


def sorted_symbols(value):
    """The variables by name."""
    return sorted(value.free_symbols, key=str)


# -- Pairs: each function yields (kind, equal, answer) for a truth that it understands ----------


def integers(truth, rng):
    """Ways to write an integer, and integers that are near."""
    if not re.fullmatch(INTEGER, truth):
        return
    n = int(truth)
    if abs(n) > 999:
        grouped = f"{n:,}"
        for separator in ("{,}", ",", r",\!", r"\,"):
            yield "integer: thousands", True, grouped.replace(",", separator)
    yield "integer: decimal zero", True, f"{n}.{'0' * rng.randint(1, 2)}"
    yield "integer: left side", True, f"{rng.choice('xnkmS')} = {n}"
    yield "integer: unit", True, rf"{n} \text{{ {rng.choice(UNITS)}}}"
    yield "integer: unit", True, rf"{n}\,\mathrm{{{rng.choice(('cm', 'kg', 'm', 'km'))}}}"
    if n:
        yield "integer: sign", False, str(-n)
        yield "integer: ten times", False, f"{n}0"
    yield "integer: near", False, str(n + rng.choice((-1, 1, 2, 10)))
    yield "integer: digit", False, other_digit(truth, rng)
    yield "integer: unevaluated", False, f"{n - 1} + 1"
    yield "integer: unevaluated", False, rf"\frac{{{2 * n}}}{{2}}"
    yield "integer: fraction near", False, rf"\frac{{{2 * n + 1}}}{{2}}"
    # Closer than 1e-7 of the integer, a decimal is the integer.
    if abs(n) < 10**5:
        yield "integer: decimal near", False, f"{n}.{rng.choice((5, 1, 25, '01'))}"
    yield "integer: with pi", False, rf"{n}\pi" if n else r"\pi"
    yield "integer: with a variable", False, f"{n}x" if n else "x"


def other_digit(number, rng):
    """The same number with one digit changed."""
    at = rng.choice([at for at, char in enumerate(number) if char.isdigit()])
    return f"{number[:at]}{(int(number[at]) + rng.randint(1, 9)) % 10}{number[at + 1 :]}"


def fractions(truth, rng):
    """Ways to write a plain fraction or a decimal."""
    fraction = re.fullmatch(rf"(-?)\\?[dt]?(?:frac)? ?\{{?({INTEGER})\}}?[ /]?\{{?(\d+)\}}?", truth)
    decimal = re.fullmatch(r"-?\d*\.\d+", truth)
    if fraction and ("frac{" in truth or "/" in truth) and int(fraction[3]):
        value = Fraction(f"{fraction[1]}{fraction[2]}".replace("--", "")) / int(fraction[3])
        reduced = value.denominator == int(fraction[3])
    elif decimal:
        value, reduced = Fraction(truth), True
    else:
        return
    if value.denominator == 1:
        return
    p, q = value.numerator, value.denominator
    places = next((k for k in range(1, 9) if 10**k % q == 0), None)
    exact = f"{float(value):.{places}f}" if places else None
    if exact and Fraction(exact) == value and abs(value) < 10**6:
        yield "fraction: decimal", True, exact
        yield "fraction: decimal", True, exact.replace("0.", ".", 1) if abs(value) < 1 else exact
    if reduced or decimal:
        for form in (rf"\dfrac{{{p}}}{{{q}}}", rf"\frac{{{p}}}{{{q}}}", f"{p}/{q}"):
            yield "fraction: shape", True, form
        if p < 0:
            yield "fraction: shape", True, rf"-\frac{{{-p}}}{{{q}}}"
            yield "fraction: shape", True, rf"\frac{{{-p}}}{{-{q}}}"
        yield "fraction: left side", True, rf"{rng.choice(('x', 'P', 'P(A)', 'k'))} = {p}/{q}"
        yield "fraction: unit", True, rf"\frac{{{p}}}{{{q}}}\text{{ {rng.choice(UNITS)}}}"
        whole, rest = divmod(abs(p), q)
        if whole:
            sign = "-" if p < 0 else ""
            mixed = rf"{sign}{whole}\frac{{{rest}}}{{{q}}}"
            yield "fraction: mixed", True, mixed
            yield "fraction: mixed", True, f"{sign}{whole} {rest}/{q}"
            yield "fraction: mixed near", False, rf"{sign}{whole + 1}\frac{{{rest}}}{{{q}}}"
            if q not in (10**k for k in range(1, 9)):
                yield "fraction: mixed near", False, f"{sign}{whole}{rest}/{q}"
    if not decimal and reduced:
        k = rng.randint(2, 5)
        yield "fraction: unreduced", False, rf"\frac{{{k * p}}}{{{k * q}}}"
    if abs(p) != q:
        yield "fraction: upside down", False, rf"\frac{{{q}}}{{{p}}}" if p > 0 else f"-{q}/{-p}"
    yield "fraction: sign", False, rf"\frac{{{-p}}}{{{q}}}"
    yield "fraction: near", False, rf"\frac{{{p + rng.choice((-1, 1))}}}{{{q}}}"
    yield "fraction: near", False, rf"\frac{{{p}}}{{{q + 1}}}"
    if decimal:
        yield "fraction: digit", False, other_digit(truth, rng)
    elif not places:
        for digits in (2, 4, 6, 10):
            yield "fraction: rounded", False, f"{float(value):.{digits}f}"


def code(value):
    """A value as code writes it."""
    text = str(value).replace("log", "ln").replace("Abs", "abs")
    return re.sub(r"\b[EI]\b", lambda m: m[0].lower(), text)


def latex(value, **settings):
    """A value as LaTeX."""
    return sp.latex(value, ln_notation=True, **settings)


PRINTERS = (
    ("latex", latex),
    ("latex", lambda e: latex(e, mul_symbol="dot")),
    ("latex", lambda e: latex(e, mul_symbol="times")),
    ("powers", lambda e: latex(e, root_notation=False)),
    ("code", code),
    ("code", lambda e: code(e).replace("**", "^")),
    ("Unicode", lambda e: re.sub(r"sqrt\((\d+)\)", "√\\1", code(e)).replace("pi", "π")),
)
NUMBER_FORMS = (
    ("rationalised", sp.radsimp),
    ("expanded", sp.expand),
    ("factored", sp.factor),
    ("together", sp.together),
    ("simplified", sp.simplify),
    ("powers simplified", sp.powsimp),
    ("collected", lambda e: sp.collect(sp.expand(e), sp.pi)),
)
POLYNOMIAL_FORMS = (
    ("expanded", sp.expand),
    ("factored", sp.factor),
    ("together", sp.together),
    ("apart", lambda e: sp.apart(e) if len(e.free_symbols) == 1 else e),
    ("collected", lambda e: sp.collect(sp.expand(e), sorted_symbols(e)[0])),
    ("Horner", lambda e: sp.horner(e) if e.is_polynomial() else e),
)


def forms_of(value, rewritings, rng):
    """Printed forms of a value: (rewriting, text)."""
    for name, rewrite in rewritings:
        try:
            form = rewrite(value)
        except (sp.PolynomialError, NotImplementedError, AttributeError):
            continue
        if not same(form, value):
            continue
        printed, show = rng.choice(PRINTERS)
        text = show(form)
        # sympy writes the power of a logarithm where a reader sees that of its argument.
        if not re.search(r"\\ln\{\\left\(.*\\right\)\}\^", text):
            yield f"{name}, {printed}", text


def radicals(truth, rng):
    """Forms of irrational numbers, and numbers that look like them."""
    value = read(truth)
    if value is None or value.free_symbols or value.is_rational or abs(sp.N(value)) > 1e12:
        return
    for name, text in forms_of(value, NUMBER_FORMS, rng):
        yield f"irrational: {name}", True, text
    yield "irrational: spaces", True, truth.replace("+", " + ").replace(r"\sqrt", r"\sqrt ")
    if value.is_Mul and len(value.args) > 1:
        parts = [latex(part) for part in value.args]
        if not any(re.match(r"[-\\0-9]*frac|-", part) for part in parts[1:]):
            joined = r" \cdot ".join(f"({part})" for part in reversed(parts))
            yield "irrational: factors reordered", True, joined
    if value.is_Add:
        terms = list(value.args)
        rng.shuffle(terms)
        ordered = sp.Add(*terms, evaluate=False)
        yield "irrational: terms reordered", True, latex(ordered, order="none")
    yield "irrational: left side", True, f"{rng.choice('xrdA')} = {truth}"
    yield "irrational: unit", True, rf"{truth}\text{{ {rng.choice(UNITS)}}}"
    for digits in (2, 4, 8, 14) if value.is_real else ():
        yield "irrational: rounded", False, f"{sp.N(value, 40):.{digits}f}"
    yield "irrational: sign", False, latex(-value)
    yield "irrational: upside down", False, latex(sp.radsimp(1 / value))
    yield "irrational: near", False, latex(value + rng.choice((1, -1)))
    yield "irrational: near", False, latex(sp.expand(value * rng.choice((2, sp.Rational(1, 2)))))
    roots = sorted(set(re.findall(r"\\sqrt\s*\{(\d+)\}", truth)))
    if roots:
        root = rng.choice(roots)
        pattern = rf"\\sqrt\s*\{{{root}\}}"
        yield "irrational: root", False, re.sub(pattern, rf"\\sqrt{{{int(root) + 1}}}", truth)
        yield "irrational: root", False, re.sub(pattern, rf"\\sqrt[3]{{{root}}}", truth)
        yield "irrational: root", False, re.sub(pattern, f"({root})", truth)
    surds = [term for term in sp.Add.make_args(value) if not term.is_rational]
    if value.is_Add:
        yield "irrational: conjugate", False, latex(value - 2 * rng.choice(surds))
    if value.has(sp.pi):
        yield "irrational: pi", False, latex(value.subs(sp.pi, 1))


def polynomials(truth, rng):
    """Forms of expressions in variables, and expressions that look like them."""
    if re.search(r"[=<>,:_]|\\text|\d\s*[a-z]{2}", truth):
        return
    value = read(truth)
    if value is None or not value.free_symbols or sp.count_ops(value) > 60:
        return
    x = rng.choice(sorted_symbols(value))
    for name, text in forms_of(value, POLYNOMIAL_FORMS, rng):
        yield f"expression: {name}", True, text
    if value.is_Add:
        terms = list(value.args)
        rng.shuffle(terms)
        ordered = sp.Add(*terms, evaluate=False)
        yield "expression: terms reordered", True, latex(ordered, order="none")
    yield "expression: left side", True, f"{rng.choice(('y', 'f(x)', 'P(x)', 'S'))} = {truth}"
    yield "expression: sign", False, latex(-value)
    yield "expression: near", False, latex(value + rng.choice((1, -1, x)))
    yield "expression: near", False, latex(sp.expand(value * rng.choice((2, x))))
    yield "expression: argument", False, latex(value.subs(x, x + 1))
    yield "expression: argument", False, latex(value.subs(x, 2 * x))
    other = next(y for y in sp.symbols("y z t w", real=True) if y not in value.free_symbols)
    yield "expression: variable", False, latex(value.subs(x, other))
    yield "expression: value", False, latex(value.subs(x, 2))
    if value.is_Add:
        yield "expression: lost term", False, latex(value - rng.choice(value.args))
        yield "expression: term sign", False, latex(value - 2 * rng.choice(value.args))


def members(text):
    """The members of a bare list of numbers and expressions, or None."""
    text = re.sub(r"\\text\s*\{\s*,?\s*(?:and|or)\s*\}", ",", text)
    parts = [part.strip() for part in re.split(r",(?:\s|\\[,; ])*", text)]
    values = [read(part) for part in parts]
    return parts if len(parts) > 1 and None not in values else None


def lists(truth, rng):
    """Lists and sets in another order and dress."""
    inner = re.fullmatch(r"(?:\\left)?\\\{(.*?)(?:\\right)?\\\}", truth)
    grouped = re.fullmatch(r"\d{1,3}(?:,(?:\\!|\s)*\d{3})+", truth)
    parts = None if grouped else members(inner[1] if inner else truth)
    values = parts and [read(part) for part in parts]
    if not parts or any(same(a, b) for i, a in enumerate(values) for b in values[:i]):
        return
    mixed = list(parts)
    rng.shuffle(mixed)
    yield "list: order", True, ", ".join(mixed)
    yield "list: set", True, rf"\{{{', '.join(mixed)}\}}"
    yield "list: set", True, rf"\left\{{{', '.join(mixed)}\right\}}"
    yield "list: words", True, r" \text{ and } ".join(mixed)
    yield "list: words", True, r"\text{ or }".join(mixed)
    yield "list: left side", True, "x = " + ", ".join(mixed)
    yield "list: left side", True, r" \text{ or } ".join(f"x = {part}" for part in mixed)
    yield "list: lost member", False, ", ".join(mixed[1:])
    yield "list: doubled member", False, ", ".join([*mixed, mixed[0]])
    yield "list: extra member", False, ", ".join([*mixed, "1000003"])
    yield "list: altered member", False, ", ".join([*mixed[1:], latex(read(mixed[0]) + 1)])
    if not any(same(-a, b) for a in values for b in values):
        yield "list: signs", False, ", ".join(latex(-value) for value in values)
    imaginary = any(value.has(sp.I) for value in values)
    if len(parts) == 2 and not imaginary and same(values[0] + values[1], sp.Integer(0)):
        positive = (
            values[0]
            if sp.N(values[0].subs(dict.fromkeys(values[0].free_symbols, 1))) > 0
            else values[1]
        )
        if not positive.is_Add:
            yield "list: plus or minus", True, rf"\pm {latex(positive)}"
        yield "list: lost member", False, latex(positive)
    elif len(parts) == 2 and not any(value.free_symbols for value in values):
        middle, half = (values[0] + values[1]) / 2, (values[0] - values[1]) / 2
        if half.is_irrational and not sp.radsimp(half).is_Add:
            middle, half = latex(sp.radsimp(middle)), latex(sp.radsimp(half))
            if not half.startswith("-"):
                yield "list: plus or minus", True, rf"{middle} \pm {half}"


def bracketed(truth):
    """Opening bracket, members and closing bracket of a tuple or an interval, or None."""
    match = re.fullmatch(r"(?:\\left)?\s*([(\[])(.*?)(?:\\right)?\s*([)\]])", truth)
    if not match:
        return None
    parts = [part.strip() for part in match[2].split(",")]
    infinite = (r"-\infty", r"\infty", r"+\infty")
    known = all(part in infinite or read(part) is not None for part in parts)
    return (match[1], parts, match[3]) if len(parts) > 1 and known else None


def reduced(text):
    """Whether no fraction of whole numbers in a text has a common factor: policy keeps it."""
    found = re.findall(r"(?:frac\s*\{?|^|[^\d.])(\d+)(?:\}\s*\{|\s*/\s*)(\d+)", text)
    return all(sp.gcd(int(a), int(b)) == 1 and int(b) > 1 for a, b in found)


def tuples(truth, rng):
    """Tuples in another dress; order counts."""
    found = bracketed(truth)
    if not found or found[0] + found[2] != "()" or any(r"\infty" in part for part in found[1]):
        return
    parts = found[1]
    values = [read(part) for part in parts]
    names = ("(x, y)", "(x,y,z)", "(a,b,c,d)")
    yield "tuple: dress", True, rf"\left( {', '.join(parts)} \right)"
    yield "tuple: dress", True, f"({','.join(parts)})"
    if all(map(reduced, parts)):
        yield "tuple: values", True, f"({', '.join(map(latex, values))})"
        if all(value.is_rational for value in values):
            yield "tuple: values", True, f"({', '.join(map(str, values))})"
    if len(parts) <= 4:
        yield "tuple: left side", True, f"{names[len(parts) - 2]} = ({', '.join(parts)})"
    if not all(same(a, b) for a, b in zip(values, values[::-1], strict=True)):
        yield "tuple: order", False, f"({', '.join(parts[::-1])})"
    at = rng.randrange(len(parts))
    altered = [*parts[:at], latex(values[at] + 1), *parts[at + 1 :]]
    yield "tuple: altered member", False, f"({', '.join(altered)})"
    if values[at] != 0:
        altered = [*parts[:at], latex(-values[at]), *parts[at + 1 :]]
        yield "tuple: member's sign", False, f"({', '.join(altered)})"
    yield "tuple: lost member", False, f"({', '.join(parts[1:])})"
    yield "tuple: extra member", False, f"({', '.join([*parts, '0'])})"
    if len(parts) == 2:
        yield "tuple: closed", False, f"[{', '.join(parts)}]"
    column = r" \\ ".join(parts)
    yield "tuple: column", False, rf"\begin{{pmatrix}} {column} \end{{pmatrix}}"


def inequality(opener, low, high, closer, x):
    """The inequality of an interval."""
    left = r" \le " if opener == "[" else " < "
    right = r" \le " if closer == "]" else " < "
    if low == r"-\infty":
        return f"{x}{right}{high}"
    if "infty" in high:
        return f"{x}{left.replace('le', 'ge').replace('<', '>')}{low}"
    return f"{low}{left}{x}{right}{high}"


def intervals(truth, rng):
    """Intervals as inequalities and the other way round, unions in another order."""
    pieces = [bracketed(piece.strip()) for piece in truth.split(r"\cup")]
    if not all(pieces) or any(len(parts) != 2 for _, parts, _ in pieces):
        return
    closed = any(a + b != "()" for a, _, b in pieces)
    endless = any(r"\infty" in "".join(parts) for _, parts, _ in pieces)
    if not (closed or endless):
        return
    texts = [f"{a}{low}, {high}{b}" for a, (low, high), b in pieces]
    whole_line = len(pieces) == 1 and pieces[0][1][0] == r"-\infty" and "infty" in pieces[0][1][1]
    x = rng.choice("xtk")
    if not whole_line:
        said = [inequality(a, *parts, b, x) for a, parts, b in pieces]
        yield "interval: inequality", True, r" \text{ or } ".join(said)
        wrong = [inequality("(" if a == "[" else "[", *parts, ")" if b == "]" else "]", x)
                 for a, parts, b in pieces]  # fmt: skip
        yield "interval: inequality's ends", False, r" \text{ or } ".join(wrong)
    sized = [rf"\left{a}{low},{high}\right{b}" for a, (low, high), b in pieces]
    yield "interval: dress", True, r" \cup ".join(sized)
    yield "interval: dress", True, "\N{UNION}".join(texts).replace(r"\infty", "∞")
    yield "interval: membership", True, rf"{x} \in " + r"\cup ".join(texts)
    if len(pieces) > 1:
        rng.shuffle(sized)
        yield "interval: union's order", True, r" \cup ".join(sized)
        yield "interval: lost piece", False, r" \cup ".join(sized[1:])
        yield "interval: intersection", False, r" \cap ".join(texts)
    at = rng.randrange(len(pieces))
    a, (low, high), b = pieces[at]
    if "infty" not in high:
        changed = f"{a}{low}, {high}{')' if b == ']' else ']'}"
        moved = f"{a}{low}, {latex(read(high) + 1)}{b}"
    else:
        changed = f"{'(' if a == '[' else '['}{low}, {high}{b}"
        moved = f"{a}{latex(read(low) - 1)}, {high}{b}" if "infty" not in low else None
    others = texts[:at], texts[at + 1 :]
    if not whole_line:
        yield "interval: bracket", False, r" \cup ".join([*others[0], changed, *others[1]])
        yield "interval: end", False, r" \cup ".join([*others[0], moved, *others[1]])


def matrices(truth, rng):
    """Matrices in other environments, and with elements moved."""
    match = re.fullmatch(r"\s*\\begin\{[pb]matrix\}(.*?)\\end\{[pb]matrix\}\s*", truth, re.DOTALL)
    if not match:
        return
    rows = [[cell.strip() for cell in row.split("&")] for row in match[1].split(r"\\")]
    values = [[read(cell) for cell in row] for row in rows]
    if any(value is None for row in values for value in row):
        return

    def show(rows, opening, closing, separator=r" \\ "):
        return f"{opening} {separator.join(' & '.join(row) for row in rows)} {closing}"

    round_, square = [(rf"\begin{{{k}matrix}}", rf"\end{{{k}matrix}}") for k in "pb"]
    columns = "c" * len(rows[0])
    array = (rf"\left(\begin{{array}}{{{columns}}}", r"\end{array}\right)")
    exact = [[latex(value) for value in row] for row in values]
    yield "matrix: environment", True, show(rows, *square)
    yield "matrix: environment", True, show(rows, *array)
    if all(reduced(cell) for row in rows for cell in row):
        yield "matrix: values", True, show(exact, *round_)
    yield "matrix: rows", True, show(rows, *square, separator=r" \\[4pt] ")
    yield "matrix: left side", True, f"{rng.choice(('A', 'M', r'mathbf{v}'))} = " .replace(
        "mathbf", r"\mathbf") + show(rows, *round_)  # fmt: skip
    turned = [list(column) for column in zip(*rows, strict=True)]
    if sp.Matrix(values) != sp.Matrix(values).T:
        yield "matrix: transposed", False, show(turned, *round_)
    if len(values) > 1 and values != values[::-1]:
        yield "matrix: rows swapped", False, show(rows[::-1], *round_)
    i, j = rng.randrange(len(rows)), rng.randrange(len(rows[0]))
    altered = [list(row) for row in exact]
    altered[i][j] = latex(values[i][j] + 1)
    yield "matrix: altered element", False, show(altered, *round_)
    if values[i][j] != 0:
        altered[i][j] = latex(-values[i][j])
        yield "matrix: element's sign", False, show(altered, *round_)
    yield "matrix: a list", False, ", ".join(cell for row in rows for cell in row)


def quantities(truth, rng):
    """Percentages, angles, money and units."""
    percent = re.fullmatch(r"(\d+(?:\.\d+)?)\s*\\%", truth)
    angle = re.fullmatch(r"(\d+(?:\.\d+)?)\s*\^\s*\{?\\circ\}?", truth)
    money = re.fullmatch(r"\\\$\s*(\d+(?:\.\d+)?)", truth)
    unit = re.fullmatch(r"(\d+(?:\.\d+)?)\s*\\(?:text|mbox)\s*\{\s*([a-z]+)\s*\}", truth)
    if percent:
        n = percent[1]
        hundredth = str(Fraction(n) / 100)
        for form in (n, rf"{n}\%", f"{n}%", rf"{n} \%", rf"{n}\text{{ percent}}", hundredth):
            yield "percent", True, form
        yield "percent: number", False, rf"{other_digit(n, rng)}\%"
        if Fraction(n):
            yield "percent: number", False, f"{float(n) / 10:g}"
            yield "percent: number", False, rf"{float(n) / 100:g}\%"
    if angle:
        n = angle[1]
        for form in (n, rf"{n}^\circ", rf"{n}^{{\circ}}", f"{n}°", rf"{n}\text{{ degrees}}"):
            yield "angle", True, form
        yield "angle", True, rf"\angle ABC = {n}^\circ"
        yield "angle: number", False, rf"{other_digit(n, rng)}^\circ"
        yield "angle: radians", False, latex(sp.Rational(n) * sp.pi / 180)
    if money:
        n = money[1]
        for form in (n, rf"\${n}", f"${n}", rf"\$ {n}", rf"{n}\text{{ dollars}}"):
            yield "money", True, form
        yield "money: number", False, rf"\${other_digit(n, rng)}"
        yield "money: currency", False, f"€{n}"
    if unit and unit[2] in UNITS and unit[2] != "units":
        n, word = unit[1], unit[2]
        for form in (n, rf"{n}\,\text{{{word}}}", rf"{n}~\mathrm{{{word}}}", f"{n} {word}"):
            yield "unit", True, form
        others = [u for u in UNITS if u[0] != word[0] and u != "units"]
        yield "unit: another", False, rf"{n}\text{{ {rng.choice(others)}}}"
        yield "unit: number", False, rf"{other_digit(n, rng)}\text{{ {word}}}"


def equations(truth, rng):
    """Assignments and equations, rearranged and altered."""
    sides = truth.split("=")
    if len(sides) != 2 or re.search(r"[<>,:_]|\\text|\\cup", truth):
        return
    left, right = (read(side.strip()) for side in sides)
    if left is None or right is None or not (left - right).free_symbols:
        return
    difference = sp.expand(left - right)
    a, b = sides[0].strip(), sides[1].strip()
    if left.is_Symbol and not right.free_symbols:
        yield "assignment: value alone", True, b
        yield "assignment: spaces", True, f"{a}={b}"
        yield "assignment: turned", True, f"{b} = {a}"
        other = next(y for y in "yzuv" if y != a)
        yield "assignment: variable", False, f"{other} = {b}"
        yield "assignment: value", False, f"{a} = {latex(right + 1)}"
        yield "assignment: value", False, latex(right - 1)
        return
    k = rng.choice((2, 3, -1))
    yield "equation: turned", True, f"{b} = {a}"
    yield "equation: zero", True, f"{latex(difference)} = 0"
    yield "equation: multiple", True, f"{latex(sp.expand(k * difference))} = 0"
    constant = difference.as_independent(*difference.free_symbols, as_Add=True)[0]
    yield "equation: rearranged", True, f"{latex(difference - constant)} = {latex(-constant)}"
    x = rng.choice(sorted_symbols(difference))
    yield "equation: constant", False, f"{a} = {latex(sp.expand(right + 1))}"
    if (
        sp.expand(difference.subs(x, -x) - difference) != 0
        and sp.expand(difference.subs(x, -x) + difference) != 0
    ):
        yield "equation: sign", False, f"{latex(sp.expand(difference.subs(x, -x)))} = 0"
    if left.is_Symbol and left not in right.free_symbols:
        yield "equation: right side", True, b
        yield "equation: right side near", False, latex(right + 1)


def bases(truth, rng):
    """Numerals with a base."""
    match = re.fullmatch(r"([1-9]\d+)_\{?(\d+)\}?", truth)
    if not match or match[2] == "10":
        return
    digits, base = match.groups()
    for form in (f"{digits}_{base}" if len(base) == 1 else truth, rf"{digits}_{{{base}}}"):
        yield "base", True, form
    yield "base: left side", True, rf"n = {digits}_{{{base}}}"
    yield "base: lost", False, digits
    yield "base: another", False, rf"{digits}_{{{int(base) + 1}}}"
    yield "base: appended", False, digits + base
    yield "base: digits", False, rf"{digits[::-1]}_{{{base}}}" if digits != digits[::-1] else digits
    if int(max(digits)) < int(base) <= 36:
        yield "base: value", False, str(int(digits, int(base)))


def texts(truth, rng):
    """Words and choice letters."""
    choice = re.fullmatch(r"(?:\\text\{)?\(?([A-D])\)?\}?", truth)
    word = re.fullmatch(r"\\text\{([A-Za-z]?[a-z]{2,}(?: [a-z]+)*)\}", truth)
    if choice:
        letter = choice[1]
        for form in ("{}", "({})", r"\text{{{}}}", r"\text{{({})}}", r"\textbf{{({})}}",
                     r"\mathbf{{{}}}", "{}.", r"\mathrm{{({})}}"):  # fmt: skip
            yield "choice", True, form.format(letter)
        other = rng.choice([c for c in "ABCD" if c != letter])
        yield "choice: another", False, rng.choice(("{}", r"\text{{({})}}")).format(other)
    if word:
        for form in ("{}", r"\mathrm{{{}}}", r"\textbf{{{}}}", r"\text{{ {} }}", r"\text{{{}}}."):
            yield "word", True, form.format(word[1])
        yield "word: case", True, word[1].upper()
        yield "word: another", False, rng.choice([w for w in WORDS if w.lower() != word[1].lower()])
        shuffled = "".join(rng.sample(word[1], len(word[1])))
        if shuffled.lower() != word[1].lower():
            yield "word: letters", False, rf"\text{{{shuffled}}}"


def ratios(truth, rng):
    """Ratios and times."""
    match = re.fullmatch(r"(\d+) ?: ?(\d+)", truth)
    if not match:
        return
    a, b = match.groups()
    for form in ("{}:{}", "{} : {}", r"{}\text{{:}}{}", "{}{{:}}{}"):
        yield "ratio", True, form.format(a, b)
    if a != b:
        yield "ratio: turned round", False, f"{b}:{a}"
    yield "ratio: fraction", False, rf"\frac{{{a}}}{{{int(b) or 1}}}"
    yield "ratio: term", False, f"{a}:{int(b) + 1}"
    yield "ratio: digits", False, a + b


MAKERS = (
    integers, fractions, radicals, polynomials, lists, tuples, intervals, matrices, quantities,
    equations, bases, texts, ratios,
)  # fmt: skip
DRESSES = (
    lambda a: rf"\boxed{{{a}}}",
    lambda a: f"${a}$" if "$" not in a else a,
    lambda a: rf"\( {a} \)" if "$" not in a else a,
    lambda a: a.replace(r"\frac", r"\dfrac"),
    lambda a: a if a.endswith(".") else f"{a}.",
    lambda a: f" {a} ",
    lambda a: rf"So the answer is \boxed{{{a}}}.",
)


def dress(answer, rng):
    """The answer as a response shows it, half of the time."""
    return rng.choice(DRESSES)(answer) if rng.random() < 0.5 else answer


def pairs(truths, count, seed):
    """`count` equal and `count` unequal pairs, at most one of each of a truth and a turn."""
    rng = random.Random(seed)
    made, seen = {True: [], False: []}, set()
    pools = {maker: list(truths) for maker in MAKERS}
    for turn in range(60 * count):
        if min(map(len, made.values())) >= count:
            break
        # Each maker in its turn: the rare classes are measured as well as the common ones.
        maker = MAKERS[turn % len(MAKERS)]
        pool = pools[maker]
        while pool and not (candidates := list(maker(truth := rng.choice(pool), rng))):
            pool.remove(truth)
        if not pool:
            continue
        for equal in (True, False):
            kinds = sorted({kind for kind, label, _ in candidates if label is equal})
            if not kinds or len(made[equal]) >= count:
                continue
            chosen = rng.choice(kinds)
            answer = rng.choice([a for kind, e, a in candidates if (kind, e) == (chosen, equal)])
            answer = dress(answer, rng)
            if answer != truth and (answer, truth) not in seen:
                seen.add((answer, truth))
                made[equal].append(
                    {"answer": answer, "truth": truth, "equal": equal, "kind": chosen}
                )
    return made[True] + made[False]


def measure(rows, show):
    """Prints recall on the equal and mistakes on the unequal pairs, by kind."""
    import lead_rs

    tally, wrong = Counter(), []
    for row in rows:
        got = lead_rs.grade(row["answer"], row["truth"])
        tally[row["kind"], row["equal"], got.correct] += 1
        if got.correct != row["equal"]:
            wrong.append({**row, "method": got.method})
    width = max(len(row["kind"]) for row in rows)
    print(f"{'kind':{width}}  equal  accepted  unequal  accepted")
    groups = Counter(row["kind"].split(":")[0] for row in rows)
    kinds = sorted({row["kind"] for row in rows})
    for name, chosen in [
        *((kind, [kind]) for kind in kinds),
        *((f"= {g}", [k for k in kinds if k.split(":")[0] == g]) for g in sorted(groups)),
        ("= all", kinds),
    ]:
        n = {
            (e, g): sum(tally[k, e, g] for k in chosen)
            for e in (True, False)
            for g in (True, False)
        }
        equal, unequal = n[True, True] + n[True, False], n[False, True] + n[False, False]
        print(
            f"{name:{width}}  {equal:5}  {n[True, True] / equal if equal else 1:8.3f}"
            f"  {unequal:7}  {n[False, True]:8}"
        )
    accepted, right = n[True, True] + n[False, True], n[True, True]
    print(f"precision {right / max(accepted, 1):.4f}  recall {right / max(equal, 1):.4f}")
    for row in wrong[:show]:
        print(json.dumps(row, ensure_ascii=False))


def main():
    """Writes the pairs, or measures the grader on them."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--count", type=int, default=2000, help="equal pairs, and unequal ones")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--truths", type=Path, default=real_data("grader/ground_truths.jsonl") or SAMPLE
    )
    parser.add_argument("--measure", action="store_true", help="grade them instead")
    parser.add_argument(
        "--show", type=int, default=0, help="with --measure: print this many errors"
    )
    options = parser.parse_args()
    rows = pairs(read_truths(options.truths), options.count, options.seed)
    if options.measure:
        measure(rows, options.show)
    else:
        for row in rows:
            print(json.dumps(row, ensure_ascii=False), file=sys.stdout)


if __name__ == "__main__":
    main()
