"""The fuzzing of the estimator, a short run of it; and that it would see what it looks for."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

import lead_rs

sys.path.insert(0, str(Path(__file__).parents[1] / "fuzz"))
import estimator as fuzz

CASES = 20_000


def test_no_fault_in_a_short_run():
    record = fuzz.run(CASES, seed=0)
    assert record["faults"] == []
    assert record["cases"] >= CASES
    by_hand = {"step", "refused", "continued", "restored", "damaged"}
    assert set(record["cases_by_kind"]) == by_hand | {case.__name__ for case in fuzz.CASES}


def test_the_same_seed_gives_the_same_cases():
    first, again = (fuzz.run(1, seed=5)["cases_by_kind"] for _ in range(2))
    assert first == again != fuzz.run(1, seed=6)["cases_by_kind"]


class Broken:
    """`lead_rs` with a step that is wrong in one way."""

    def __init__(self, spoil):
        self.spoil = spoil

    def __getattr__(self, name):
        return getattr(lead_rs, name)

    def compute_advantage(self, correctness, response_length, index, **settings):
        return self.spoil(correctness, response_length, index, settings)


class Panic(BaseException):
    """As pyo3's, which is no Exception."""


def not_a_number(*batch, **settings):
    out = lead_rs.compute_advantage(*batch, **settings)
    out.metrics["lead/adv_len_corr"] = float("nan")
    return out


def panics(*batch, **settings):
    raise Panic


def in_order_of_rows(correctness, length, index, **settings):
    return lead_rs.compute_advantage(correctness, length, list(range(len(correctness))), **settings)


def by_first_row(correctness, length, index, **settings):
    index = [uid if row else "first" for row, uid in enumerate(index)]
    return lead_rs.compute_advantage(correctness, length, index, **settings)


def not_white(*batch, **settings):
    out = lead_rs.compute_advantage(*batch, **settings)
    out.advantages[:] += np.float32(0.01)
    return out


def takes_anything(correctness, length, index, **settings):
    try:
        return lead_rs.compute_advantage(correctness, length, index, **settings)
    except (ValueError, TypeError):
        return None


def moves_before_it_refuses(correctness, length, index, controller=None, **settings):
    try:
        return lead_rs.compute_advantage(
            correctness, length, index, controller=controller, **settings
        )
    except (ValueError, TypeError):
        lead_rs.compute_advantage([1, 0], [5, 7], [1, 1], controller=controller)
        raise


@pytest.mark.parametrize(
    ("spoil", "seen_by"),
    [
        (not_a_number, {"step"}),
        (panics, {"step"}),
        (not_white, {"step"}),
        (in_order_of_rows, {"on_tokens", "by_stages"}),
        (by_first_row, {"permuted"}),
        (takes_anything, {"refused"}),
        (moves_before_it_refuses, {"refused"}),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_what_is_wrong_is_seen(monkeypatch, spoil, seen_by):
    broken = Broken(lambda *batch: spoil(*batch[:3], **batch[3]))
    monkeypatch.setattr(fuzz, "lead_rs", broken)
    record = fuzz.run(5_000, seed=0)
    assert seen_by <= {fault["case"] for fault in record["faults"]}
