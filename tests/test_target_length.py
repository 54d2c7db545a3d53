"""Target lengths: each aggregator against numpy, and which quantile is which."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lead_rs

WIDE = {"lstar_min": 1e-9, "bmax": 2.0**40}


def target(lengths, **setting):
    """L* of one prompt whose responses are all correct."""
    config = lead_rs.LeadConfig(**WIDE | setting)
    return lead_rs.target_length([1] * len(lengths), lengths, [0] * len(lengths), config=config)[0]


@settings(deadline=None)
@given(st.lists(st.integers(1, 2**32 - 1), min_size=1, max_size=60), st.floats(0, 1))
def test_a_quantile_has_numpy_s_bits(lengths, q):
    got = target(lengths, aggregator="quantile_correct", quantile=q)
    assert got == np.quantile(np.array(lengths, float), q, method="linear")


@settings(deadline=None)
@given(st.lists(st.integers(1, 9000), min_size=1, max_size=30), st.randoms())
def test_in_any_order_and_between_the_least_and_the_most(lengths, random):
    ends = [target(lengths, aggregator="quantile_correct", quantile=q) for q in (0, 0.5, 1)]
    assert ends == [min(lengths), target(lengths, aggregator="median_correct"), max(lengths)]
    shuffled = random.sample(lengths, len(lengths))
    for q in (0.1, 0.3, 0.75):
        setting = {"aggregator": "quantile_correct", "quantile": q}
        assert target(shuffled, **setting) == target(lengths, **setting)
        assert ends[0] <= target(lengths, **setting) <= ends[2]


def test_only_correct_responses_count():
    config = lead_rs.LeadConfig(aggregator="quantile_correct", quantile=0.25)
    targets = lead_rs.target_length(
        [1, 1, 1, 0, 0], [2000, 4000, 3000, 1, 7000], [0, 0, 0, 0, 1], config=config
    )
    assert targets.tolist() == [2500.0] * 4 + [8000.0]


def test_the_quantile_is_of_no_account_elsewhere():
    lengths = [1200, 2600, 3100, 1900]
    for aggregator in ("mean_correct", "min_correct", "median_correct", "mean_all"):
        targets = {target(lengths, aggregator=aggregator, quantile=q) for q in (0.0, 0.4, 1.0)}
        assert len(targets) == 1


@pytest.mark.parametrize("q", [-0.1, 1.1, float("nan")])
def test_a_quantile_out_of_range(q):
    with pytest.raises(ValueError, match=r"^quantile must be in \[0, 1\], got "):
        lead_rs.LeadConfig(quantile=q)
