"""Hypothesis strategies for LEAD's inputs."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

import oracle

SCORES = st.sampled_from([0.0, 1.0, 0.5, 0.5000001, -1.0, 2.0, 0.1, 0.7])
LENGTHS = st.one_of(st.integers(0, 3), st.integers(0, 9000), st.sampled_from([0, 499, 500, 8000]))


@st.composite
def configs(draw):
    """Settings from all over their ranges, as keywords."""
    lstar_min = draw(st.sampled_from([1.0, 4.0, 1000.0]))
    return {
        "alpha": draw(st.sampled_from([0.0, 0.5, 1.0, 2.0])),
        "beta": draw(st.sampled_from([0.0, 0.5, 0.95, 1.0])),
        "epsilon": draw(st.sampled_from([1e-8, 1e-3])),
        "bmax": lstar_min + draw(st.sampled_from([0.0, 160.0, 7000.0])),
        "lambda_min": draw(st.sampled_from([0.0, 0.3, 1.0])),
        "lstar_mode": draw(st.sampled_from(list(oracle.LSTAR_MODES))),
        "aggregator": draw(st.sampled_from(list(oracle.AGGREGATORS))),
        "static_lambda_corr": draw(st.sampled_from([None, None, 0.0, 0.4, 1.0])),
        "lstar_min": lstar_min,
        "min_length": draw(st.sampled_from([0.0, 500.0])),
        "unsolved": draw(st.sampled_from(["bmax", "neutral"])),
        "quantile": draw(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.9, 1.0])),
    }


NAMES = ("a", "b", "c", "d", "e", "f")


@st.composite
def reward_lists(draw):
    """From one to six rewards; correctness and efficiency may be among them."""
    k = draw(st.integers(1, 6))
    rewards = [
        {
            "name": name,
            "min": draw(st.sampled_from([-1.0, 0.0])),
            "max": draw(st.sampled_from([1.0, 3.0])),
            "over": draw(st.sampled_from(oracle.OVER)),
            "floor": draw(st.sampled_from([0.0, 0.0, 0.125])),
        }
        for name in NAMES[:k]
    ]
    for key in draw(st.sampled_from([(), (), ("correctness",), ("correctness", "efficiency")])):
        rewards[draw(st.integers(0, k - 1))]["key"] = key
    return rewards


@st.composite
def reward_values(draw, size, keys):
    """[size] values by key, NaN where there is none; no key is without any."""
    value = st.one_of(
        st.sampled_from([0.0, 1.0, 0.5, -1.0]), st.just(float("nan")), st.floats(-1, 2, width=32)
    )
    constant = st.sampled_from([0.0, 0.25]).map(lambda x: [x] * size)
    columns = st.one_of(st.lists(value, min_size=size, max_size=size), constant)
    values = {key: np.array(draw(columns)) for key in keys}
    for column in values.values():
        column[0] = 0.5 if np.isnan(column[0]) else column[0]
    return values


@st.composite
def batches(draw):
    """(correctness, length, uid) of ragged, singleton, uniform and empty-row groups."""
    correctness, length, index = [], [], []
    for group in range(draw(st.integers(1, 6))):
        kind = draw(st.sampled_from(["mixed", "right", "wrong", "same", "empty rows"]))
        for _ in range(draw(st.integers(1, 9))):
            c = {"right": 1.0, "wrong": 0.0, "same": 0.1}.get(kind)
            correctness.append(draw(SCORES) if c is None else c)
            length.append(
                0
                if kind == "empty rows" and draw(st.booleans())
                else 1234
                if kind == "same"
                else draw(LENGTHS)
            )
            index.append(f"prompt-{group}")
    if sum(length) < 2:
        length[0] += 2
    order = draw(st.permutations(range(len(length))))
    return tuple(np.array(x)[order] for x in (correctness, length, index))


def large(seed, prompts, n):
    """A batch of prompts * n responses like a reasoning model's: right-skewed lengths."""
    rng = np.random.default_rng(seed)
    size = prompts * n
    difficulty = np.repeat(rng.random(prompts), n)
    correctness = (rng.random(size) > difficulty).astype(float)
    length = np.minimum(rng.geometric(1 / 2500, size), 8000)
    length[rng.random(size) < 0.01] = 0
    index = np.repeat([f"{i:08x}-uuid" for i in range(prompts)], n)
    order = rng.permutation(size)
    return correctness[order], length[order], index[order]


def tokens(correctness, length, width, dtype=np.float32):
    """[B, T] rewards with the score on the last valid token, and the int64 mask."""
    mask = (np.arange(width) < np.asarray(length)[:, None]).astype(np.int64)
    rewards = np.zeros(mask.shape, dtype)
    rows = np.flatnonzero(length)
    rewards[rows, np.asarray(length)[rows] - 1] = np.asarray(correctness)[rows]
    return rewards, mask


def without_lint(metrics):
    """A trainer's metrics without those that lead_rs.lint has of its advantages."""
    return {key: value for key, value in metrics.items() if not key.startswith("lead/lint_")}
