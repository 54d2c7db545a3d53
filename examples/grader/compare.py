r"""lead_rs and the graders people use today, on the case files of the tests.

What each gets right by class, its speed, and how safe it is to call; as Markdown and as a picture
in ``outputs/grade``. `make compare-grade` installs the others and runs it.

Usage: python examples/grader/compare.py [--timeout SECONDS]
"""

from __future__ import annotations

import argparse
import builtins
import importlib.metadata
import statistics
import sys
import threading
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

import matplotlib

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "benches" / "graders"))

import pairs  # noqa: E402
from guarded import GRADERS, Guarded, Outcome, grader  # noqa: E402

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402

from lead_rs.tables import markdown_table  # noqa: E402

OUT = ROOT / "outputs/grade"
TITLES = {
    "lead_rs": "lead_rs",
    "deepscaler": "DeepScaleR",
    "math_verify": "Math-Verify",
    "string_match": "string match",
}
COLOURS = {
    "lead_rs": "#1f5fa8",
    "deepscaler": "#d9822b",
    "math_verify": "#5a9e4b",
    "string_match": "#888888",
}
PROBES = (("x^2+1", "1+x^2"), ("sqrt(2)/2", r"\frac{1}{\sqrt{2}}"), ("1/3", r"\frac{1}{3}"))


class Result(NamedTuple):
    """What one grader did on all cases."""

    outcomes: list[Outcome]
    evaluates: bool
    in_a_thread: str

    def times_ms(self) -> list[float]:
        return [1e3 * outcome.seconds for outcome in self.outcomes]


def calls_eval(name: str) -> bool:
    """Whether a grader hands text to Python's ``eval``."""
    called = []
    original = builtins.eval

    def watched(*arguments: object) -> object:
        called.append(arguments)
        return original(*arguments)

    builtins.eval = watched
    try:
        for answer, truth in PROBES:
            GRADERS[name](rf"\boxed{{{answer}}}", truth)
    finally:
        builtins.eval = original
    return bool(called)


def in_a_thread(name: str) -> str:
    """How a grader fares outside of the main thread."""
    said: list[str] = []

    def grade() -> None:
        verdicts = []
        try:
            for answer, truth in PROBES:
                verdicts.append(GRADERS[name](rf"\boxed{{{answer}}}", truth))
        except Exception as error:
            said.append(f"raises {type(error).__name__}")
        else:
            here = [GRADERS[name](rf"\boxed{{{answer}}}", truth) for answer, truth in PROBES]
            said.append("yes" if verdicts == here else "other verdicts")

    thread = threading.Thread(target=grade)
    thread.start()
    thread.join()
    return said[0]


def measure(name: str, cases: list[pairs.Pair], timeout: float) -> Result:
    """Run one grader on everything."""
    with grader(name, timeout) as grade:
        outcomes = [grade(rf"\boxed{{{case['answer']}}}", case["truth"]) for case in cases]
    with Guarded(calls_eval, 60) as evaluates, Guarded(in_a_thread, 60) as threaded:
        return Result(outcomes, evaluates(name).value, threaded(name).value)


def right(case: pairs.Pair, outcome: Outcome) -> bool:
    """Whether a verdict came, and is the expected one."""
    return outcome.value is case["equal"]


def accuracy_by_class(
    cases: list[pairs.Pair], results: dict[str, Result]
) -> dict[str, dict[str, float]]:
    """The share of right verdicts by class and grader."""
    rights: dict[str, dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
    for name, result in results.items():
        for case, outcome in zip(cases, result.outcomes, strict=True):
            rights[case["kind"]][name].append(right(case, outcome))
    return {
        kind: {name: statistics.mean(row) for name, row in by_name.items()}
        for kind, by_name in sorted(rights.items())
    }


def milliseconds(value: float) -> str:
    return f"{value:.4f}" if value < 0.1 else f"{value:.1f}"


def markdown(cases: list[pairs.Pair], results: dict[str, Result], timeout: float) -> str:
    """The whole comparison."""
    titles = [TITLES[name] for name in results]
    accuracy = accuracy_by_class(cases, results)
    sizes = {kind: sum(case["kind"] == kind for case in cases) for kind in accuracy}
    rows = [
        [kind, str(sizes[kind]), *(f"{100 * row[name]:.0f}%" for name in results)]
        for kind, row in accuracy.items()
    ]

    def count(name: str, accepted: object, equal: bool) -> str:
        outcomes = zip(cases, results[name].outcomes, strict=True)
        return str(sum(o.value is accepted and case["equal"] is equal for case, o in outcomes))

    everything = ["**all**", str(len(cases))]
    for result in results.values():
        verdicts = zip(cases, result.outcomes, strict=True)
        everything.append(f"**{100 * statistics.mean(right(*v) for v in verdicts):.1f}%**")
    unequal = sum(not case["equal"] for case in cases)
    wrong = [
        ["accepted though different", str(unequal), *(count(n, True, False) for n in results)],
        [
            "rejected though equal",
            str(len(cases) - unequal),
            *(count(n, False, True) for n in results),
        ],
        [
            f"no verdict within {timeout:g} s",
            str(len(cases)),
            *(str(sum(o.value is None for o in results[n].outcomes)) for n in results),
        ],
    ]
    times = [
        [
            title,
            milliseconds(statistics.mean(result.times_ms())),
            milliseconds(statistics.quantiles(result.times_ms(), n=100)[98]),
            milliseconds(max(result.times_ms())),
            "yes" if result.evaluates else "no",
            result.in_a_thread,
        ]
        for title, result in zip(titles, results.values(), strict=True)
    ]
    versions = ", ".join(
        f"{name} {importlib.metadata.version(name)}"
        for name in ("lead-rs", "math-verify", "sympy", "pylatexenc")
    )
    return "\n\n".join(
        [
            "Right verdicts by class:",
            markdown_table(["class", "pairs", *titles], [*rows, everything]),
            "Wrong ones, of so many:",
            markdown_table(["", "pairs", *titles], wrong),
            "Speed in ms for a pair, and safety:",
            markdown_table(
                ["", "mean", "p99", "worst", "calls `eval`", "runs in any thread"], times
            ),
            f"With {versions}.\n",
        ]
    )


def picture(cases: list[pairs.Pair], results: dict[str, Result], path: Path) -> None:
    """Accuracy by class beside the time of a pair."""
    accuracy = accuracy_by_class(cases, results)
    kinds = list(accuracy)[::-1]
    figure, (accuracies, speeds) = pyplot.subplots(
        1, 2, figsize=(11, 0.27 * len(kinds) + 1.4), width_ratios=[3, 2], layout="constrained"
    )
    for name in reversed(results):
        shares = [100 * accuracy[kind][name] for kind in kinds]
        accuracies.plot(shares, kinds, "o", color=COLOURS[name], label=TITLES[name])
        times = sorted(results[name].times_ms())
        percents = [100 * (at + 1) / len(times) for at in range(len(times))]
        speeds.plot(times, percents, color=COLOURS[name], label=TITLES[name])
    accuracies.set(xlabel="as expected, %", title="lead_rs's test cases by class")
    accuracies.grid(alpha=0.3)
    speeds.set(xscale="log", xlabel="ms for a pair", ylabel="% of pairs within", title="Speed")
    speeds.grid(alpha=0.3)
    handles, labels = accuracies.get_legend_handles_labels()
    figure.legend(handles[::-1], labels[::-1], loc="outside lower center", ncols=len(labels))
    figure.savefig(path, dpi=130)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--timeout", type=float, default=20, help="seconds for a pair")
    options = parser.parse_args()

    cases = pairs.shipped_cases()
    results = {}
    for name in TITLES:
        print(f"{TITLES[name]}: {len(cases)} pairs", file=sys.stderr, flush=True)
        results[name] = measure(name, cases, options.timeout)
    OUT.mkdir(parents=True, exist_ok=True)
    text = markdown(cases, results, options.timeout)
    (OUT / "comparison.md").write_text(text)
    picture(cases, results, OUT / "comparison.png")
    print(text)


if __name__ == "__main__":
    main()
