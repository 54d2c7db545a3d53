"""What runs of several seeds say together, held out: means with intervals, and differences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lead_rs.demo.report import TITLES, HeldOut, Run, per_problem
from lead_rs.tables import plain_table

Array = npt.NDArray[np.float64]

RESAMPLES = 10_000


class Estimate(NamedTuple):
    """A mean over seeds and problems, and its 95% interval."""

    value: float
    low: float
    high: float

    def show(self, digits: int, *, sign: bool = False) -> str:
        """The mean and, in brackets, the interval."""
        form = f"{'+' if sign else ''}.{digits}f"
        return f"{self.value:{form}} [{self.low:{form}}, {self.high:{form}}]"


def estimate(values: Array, seed: int = 0) -> Estimate:
    """The mean of `values` [seeds, problems], whose interval is over both.

    Seeds and problems are both drawn anew, with replacement, `RESAMPLES` times (a bootstrap of two
    crossed factors), so that the interval is about other seeds and other problems. From three seeds
    it is a rough one.

    Example:
        >>> import numpy as np
        >>> estimate(np.full((3, 50), 0.25)).show(2)
        '0.25 [0.25, 0.25]'
    """
    rng = np.random.default_rng(seed)
    seeds, problems = values.shape
    # How often each was drawn.
    of_seeds = rng.multinomial(seeds, np.full(seeds, 1 / seeds), RESAMPLES)
    of_problems = rng.multinomial(problems, np.full(problems, 1 / problems), RESAMPLES)
    means = ((of_seeds @ values) * of_problems).sum(axis=1) / (seeds * problems)
    low, high = np.quantile(means, (0.025, 0.975))
    return Estimate(float(values.mean()), float(low), float(high))


def _values(held_out: Sequence[HeldOut], quantity: str) -> Array:
    """A field of `Response`, averaged over each problem's responses: [seeds, problems]."""
    return np.array([per_problem(each, quantity) for each in held_out])


def over_seeds(runs: Sequence[Run]) -> str:
    """Two tables: each estimator from start to end, and each pair of estimators at the end.

    An estimator with one seed has no line. The pairs are compared on the same seeds and problems.
    """
    by_estimator = {
        estimator: {run.seed: run.held_out for run in runs if run.estimator == estimator}
        for estimator in TITLES
    }
    several = {name: found for name, found in by_estimator.items() if len(found) > 1}
    lines = [["run", "seeds", "accuracy", "", "change", "tokens", "", "change", ""]]
    for name, found in several.items():
        starts, ends = (
            [held_out[pick(held_out)] for held_out in found.values()] for pick in (min, max)
        )
        cells = [TITLES[name], str(len(found))]
        for quantity, digits in (("correct", 3), ("tokens", 1)):
            start, end = _values(starts, quantity), _values(ends, quantity)
            cells += [f"{start.mean():.{digits}f} ->", estimate(end).show(digits)]
            cells.append(estimate(end - start).show(digits, sign=True))
        cells.append(f"{end.mean() / start.mean() - 1:+.0%}")
        lines.append(cells)
    pairs = [["at the end", "seeds", "accuracy", "tokens"]]
    names = list(several)
    for first, one in enumerate(names):
        for other in names[first + 1 :]:
            shared = sorted(several[one].keys() & several[other].keys())
            if len(shared) < 2:
                continue
            cells = [f"{TITLES[one]} - {TITLES[other]}", str(len(shared))]
            for quantity, digits in (("correct", 3), ("tokens", 1)):
                ends_of = [
                    _values([several[name][s][max(several[name][s])] for s in shared], quantity)
                    for name in (one, other)
                ]
                cells.append(estimate(ends_of[0] - ends_of[1]).show(digits, sign=True))
            pairs.append(cells)
    tables = [plain_table(lines)] if several else []
    return "\n\n".join([*tables, plain_table(pairs)] if len(pairs) > 1 else tables)
