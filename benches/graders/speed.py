r"""Time grading from Python, alone and against the graders of today, and check it against its bars.

Single pairs, then whole responses: 1,024 of 20 kB, each ending in its box, graded by all in this
run, one after the other; and by ``extract="auto"``, with the box and with a sentence in its place.
Writes ``outputs/grade/speed.json``.

Usage: python benches/graders/speed.py [--responses N] [--timeout SECONDS]
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import platform
import random
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import lead_rs
import pairs
from guarded import Outcome, grader
from peers import GRADERS as PEERS

LENGTH = 20_000
OUT = pairs.ROOT / "outputs/grade/speed.json"

THOUGHTS = (
    "Let me set up the equation again, since the two cases do not overlap.",
    r"So we need $x^2 - 5x + 6 = 0$, that is $x = 2$ or $x = 3$.",
    r"Wait, I should check whether $\frac{a}{b}$ is in lowest terms here.",
    "By symmetry the second case gives the same count, which we must not count twice.",
    r"Then $\sum_{k=1}^{n} k = \frac{n(n+1)}{2}$, and for $n = 14$ this is 105.",
    "Alternatively, use the law of cosines on the triangle; that gives the same length.",
    r"Hmm, the answer should go in \boxed{}, but first let me verify it for small values.",
)


class Bar(NamedTuple):
    """A number that must be reached."""

    what: str
    value: float
    limit: float
    unit: str
    at_most: bool = False

    @property
    def met(self) -> bool:
        """Whether it is."""
        return self.value <= self.limit if self.at_most else self.value >= self.limit

    def __str__(self) -> str:
        """One line of the report."""
        sign = "<=" if self.at_most else ">="
        verdict = "met" if self.met else "MISSED"
        return f"{self.what:<50}{self.value:>10.4g} {self.unit:<3} {sign} {self.limit:g}: {verdict}"


def response(answer: str, rng: random.Random, *, boxed: bool = True) -> str:
    """A response of `LENGTH` characters that ends in its answer; a box is nowhere, or there."""
    ending = rf" So the answer is \boxed{{{answer}}}." if boxed else f"\nThe answer is {answer}."
    thoughts, length = [], len(ending)
    while length < LENGTH:
        thoughts.append(rng.choice(THOUGHTS if boxed else THOUGHTS[:-1]))
        length += len(thoughts[-1]) + 1
    return " ".join(thoughts)[: LENGTH - len(ending)] + ending


def best_seconds(function: Callable[[], object], rounds: int) -> float:
    """The shortest of several timed calls: what else the machine does only adds to it."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return min(times)


def per_pair(cases: list[pairs.Pair]) -> float:
    """Mean seconds of `lead_rs.grade` on a pair."""

    def every_pair() -> None:
        for case in cases:
            lead_rs.grade(case["answer"], case["truth"])

    return best_seconds(every_pair, rounds=5) / len(cases)


def auto_against_boxed(responses: list[str], unboxed: list[str], truths: list[str]) -> list[float]:
    """How many times as long as ``boxed`` ``auto`` takes, on responses with a box and without."""

    def seconds(texts: list[str], extract: str) -> float:
        return best_seconds(
            lambda: lead_rs.score_batch(texts, truths, num_threads=1, extract=extract), rounds=1
        )

    ways = ((responses, "boxed"), (responses, "auto"), (unboxed, "auto"))
    # By turns, since what else the machine does changes in the meantime.
    turns = [[seconds(*way) for way in ways] for _ in range(50)]
    boxed, *auto = map(min, zip(*turns, strict=True))
    return [each / boxed for each in auto]


def peer_outcomes(
    name: str, responses: list[str], truths: list[str], timeout: float
) -> list[Outcome]:
    """What a peer says of every response, and how long it takes for each."""
    with grader(name, timeout) as grade:
        return [grade(*pair) for pair in zip(responses, truths, strict=True)]


def summary(outcomes: list[Outcome]) -> dict[str, float]:
    """Times of one response in milliseconds, and how many were killed or failed."""
    times = [1e3 * outcome.seconds for outcome in outcomes]
    quantiles = statistics.quantiles(times, n=100)
    return {
        "mean_ms": statistics.mean(times),
        "p50_ms": quantiles[49],
        "p99_ms": quantiles[98],
        "max_ms": max(times),
        "unanswered": sum(outcome.value is None for outcome in outcomes),
        "accepted": sum(outcome.value is True for outcome in outcomes),
    }


def main() -> None:
    """Measure, print, save."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--responses", type=int, default=1024, help="responses of 20 kB")
    parser.add_argument("--timeout", type=float, default=10, help="a peer's seconds for one")
    options = parser.parse_args()

    rng = random.Random(0)
    cases = pairs.perturbed_truths()
    chosen = [rng.choice(cases) for _ in range(options.responses)]
    responses = [response(case["answer"], rng) for case in chosen]
    unboxed = [response(case["answer"], rng, boxed=False) for case in chosen]
    truths = [case["truth"] for case in chosen]
    auto = auto_against_boxed(responses, unboxed, truths)

    pair_seconds = per_pair(cases)
    batch = {
        threads: best_seconds(
            lambda threads=threads: lead_rs.score_batch(responses, truths, num_threads=threads),
            rounds=50,
        )
        for threads in (1, 2)
    }
    ours_ms = 1e3 * batch[1] / len(responses)
    peers = {
        name: summary(peer_outcomes(name, responses, truths, options.timeout)) for name in PEERS
    }

    bars = [
        Bar("lead_rs.grade from Python, mean of a pair", 1e6 * pair_seconds, 8, "us", at_most=True),
        Bar("score_batch, 2 threads against 1", batch[1] / batch[2], 1.7, "x"),
        Bar('extract="auto" against "boxed", a box', auto[0], 1.5, "x", at_most=True),
        Bar('extract="auto" against "boxed", no box', auto[1], 1.5, "x", at_most=True),
        Bar("throughput against DeepScaleR", peers["deepscaler"]["mean_ms"] / ours_ms, 100, "x"),
        Bar("throughput against Math-Verify", peers["math_verify"]["mean_ms"] / ours_ms, 1000, "x"),
    ]
    print(f"{len(responses)} responses of {LENGTH:,} characters, one thread, ms for one")
    print(f"{'':<14}{'mean':>10}{'p50':>10}{'p99':>10}{'max':>10}{'slower':>10}  unanswered")
    print(f"{'lead_rs':<14}{ours_ms:>10.4f}{'':>30}{1:>9}x")
    for name, row in peers.items():
        print(
            f"{name:<14}{row['mean_ms']:>10.3f}{row['p50_ms']:>10.3f}{row['p99_ms']:>10.3f}"
            f"{row['max_ms']:>10.3f}{row['mean_ms'] / ours_ms:>9.0f}x  {row['unanswered']}"
        )
    print(*bars, sep="\n")
    save(
        {
            "responses": len(responses),
            "pairs": len(cases),
            "pair_us": 1e6 * pair_seconds,
            "score_batch_seconds": batch,
            "lead_rs_ms": ours_ms,
            "peers": peers,
            "bars": [bar._asdict() | {"met": bar.met} for bar in bars],
        }
    )


def save(measured: dict[str, object], path: Path = OUT) -> None:
    """Write what was measured, with what made it."""
    packages = ("lead-rs", "math-verify", "latex2sympy2_extended", "sympy", "pylatexenc")
    measured["versions"] = {name: importlib.metadata.version(name) for name in packages}
    measured["python"], measured["machine"] = platform.python_version(), platform.processor()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(measured, indent=2) + "\n")


if __name__ == "__main__":
    main()
