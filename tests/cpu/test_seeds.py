"""What several seeds say together: the interval over seeds and problems, and the tables."""

import numpy as np
import pytest

from lead_rs.demo.report import Response, Run
from lead_rs.demo.seeds import estimate, over_seeds


def test_the_interval_is_over_problems_and_seeds():
    rng = np.random.default_rng(1)
    problems, seeds = rng.normal(0, 1, (1, 400)), rng.normal(0, 0.5, (6, 1))
    alike = estimate(np.repeat(problems, 6, axis=0))
    assert alike.high - alike.low == pytest.approx(2 * 1.96 * problems.std() / 20, rel=0.05)
    apart = estimate(np.repeat(seeds, 400, axis=1))
    assert apart.high - apart.low == pytest.approx(2 * 1.96 * seeds.std() / 6**0.5, rel=0.1)
    both = estimate(problems + seeds)
    width = 2 * 1.96 * (problems.var() / 400 + seeds.var() / 6) ** 0.5
    assert both.high - both.low == pytest.approx(width, rel=0.1)
    assert both.value == pytest.approx((problems + seeds).mean())
    assert both.low < both.value < both.high
    assert both == estimate(problems + seeds, seed=0) != estimate(problems + seeds, seed=1)


def run(estimator, seed, ends):
    """Two problems, of two responses each; `ends`: the last ones' accuracies and tokens."""
    start = {"a": [Response(0, 40, 2)] * 2, "b": [Response(1, 20, 1)] * 2}
    end = {name: [Response(*each, 1)] * 2 for name, each in zip("ab", ends, strict=True)}
    return Run(estimator, seed, None, {0: start, 20: end})


def test_tables_of_seeds():
    runs = [
        run("lead", "1", [(1, 10), (1, 10)]),
        run("lead", "2", [(1, 10), (1, 10)]),
        run("grpo", "2", [(1, 30), (1, 30)]),
        run("grpo", "1", [(1, 30), (1, 30)]),
        run("neutral", "1", [(1, 10), (1, 10)]),
    ]
    lines = [" ".join(line.split()) for line in over_seeds(runs).splitlines()]
    assert lines[1].startswith("LEAD 2 0.500 -> 1.000 [1.000, 1.000] +0.500 [+0.000, +1.000] 30.0")
    assert lines[1].endswith("-> 10.0 [10.0, 10.0] -20.0 [-30.0, -10.0] -67%")
    assert lines[2].startswith("GRPO 2 ")
    assert lines[4:] == [
        "at the end seeds accuracy tokens",
        "LEAD - GRPO 2 +0.000 [+0.000, +0.000] -20.0 [-20.0, -20.0]",
    ]


def test_estimators_are_compared_on_the_seeds_that_both_have():
    good, bad = [(1, 10), (1, 10)], [(0, 30), (0, 30)]
    runs = [run("lead", seed, good if seed in "12" else bad) for seed in "1234"]
    runs += [run("grpo", seed, bad) for seed in "125"]
    runs += [run("neutral", seed, bad) for seed in "56"]
    _, pairs = over_seeds(runs).split("\n\n")
    header, *lines = [" ".join(line.split()) for line in pairs.splitlines()]
    assert header == "at the end seeds accuracy tokens"
    assert lines == ["LEAD - GRPO 2 +1.000 [+1.000, +1.000] -20.0 [-20.0, -20.0]"]


def test_one_estimator_has_a_table_of_its_own_only():
    lines = over_seeds([run("lead", seed, [(1, 10), (1, 10)]) for seed in "12"]).splitlines()
    assert [line.split()[0] for line in lines] == ["run", "LEAD"]


def test_one_seed_has_no_table():
    assert over_seeds([run("lead", "1", [(1, 10), (1, 10)])]) == ""
