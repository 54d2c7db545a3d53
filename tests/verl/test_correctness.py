"""Which correctness a response has, and what is no correctness."""

import numpy as np
import pytest
import torch

from lead_rs.verl.correctness import read_correctness
from lead_rs.verl.rows import every_row, final_outputs


def read(acc, scores=None, *, rows=None, lengths=None, warn=pytest.fail):
    size = len(acc) if acc is not None else len(scores)
    rows = rows or every_row(size)
    count = len(rows.counted)
    uids = [f"u{place}" for place in range(count)]
    lengths = np.full(count, 5) if lengths is None else np.array(lengths)
    return read_correctness(acc, scores, rows, uids, lengths, warn).tolist()


def scored(*scores):
    return torch.tensor([[score - 1, 1.0] for score in scores])


def test_acc_is_preferred_row_by_row():
    acc = [True, None, np.float32(0.0), np.bool_(True)]
    assert read(acc, scored(-5, 1, 2, 7)) == [1.0, 1.0, 0.0, 1.0]
    assert read(None, scored(0, 1, 1)) == [0.0, 1.0, 1.0]


def test_scores_are_not_summed_where_every_row_has_acc():
    class Unsummed:
        pass

    assert read([True, 0.0], Unsummed()) == [1.0, 0.0]
    for dtype in (bool, np.float32, np.int64, object):
        assert read(np.array([1, 0], dtype), Unsummed()) == [1.0, 0.0]


def test_only_counted_rows_are_looked_at():
    rows = final_outputs(["a_0_0", "a_0_1", "pad_0_0", "b_0_0"], [False, False, True, False])
    assert read(["nothing", 1.0, None, 0.5], scored(0, 0, 9, 0), rows=rows) == [1.0, 0.5]
    with pytest.raises(ValueError, match=r"got 7.0 \(row 3, uid 'u1'\)"):
        read([1.0, 1.0, None, 7.0], scored(0, 0, 9, 0), rows=rows)


@pytest.mark.parametrize("acc", ["yes", b"1", [1], {}, "1.0"])
def test_an_acc_that_is_no_number_is_refused(acc):
    with pytest.raises(ValueError, match=r"must be a number or a bool, got .* \(row 1, uid 'u1'\)"):
        read([1.0, acc])


@pytest.mark.parametrize("dtype", [object, str])
def test_text_is_refused_in_an_array_too(dtype):
    with pytest.raises(ValueError, match=r"must be a number or a bool, got .* \(row 0, uid 'u0'\)"):
        read(np.array(["1", "0"], dtype))


def test_in_an_array_of_objects_none_is_no_acc():
    acc = np.array([True, None, 0.25, None], object)
    assert read(acc, scored(0, 1, 0, 0)) == [1.0, 1.0, 0.25, 0.0]


@pytest.mark.parametrize("acc", [-1.0, 10, 1.0001, float("nan"), float("inf")])
@pytest.mark.parametrize("kind", [list, np.array, lambda values: [*values, None]])
def test_an_acc_outside_its_range_is_refused(acc, kind):
    with pytest.raises(ValueError, match=r"'acc' must be in \[0, 1\], got .* \(row 2, uid 'u2'\)"):
        read(kind([1.0, 0.0, acc]), scored(0, 0, 0, 0))


def test_partial_credit_is_no_fault():
    assert read([0.25, 0.75]) == [0.25, 0.75]


@pytest.mark.parametrize("score", [-1.0, 10.0, 0.4, 2.0])
def test_scores_other_than_right_and_wrong_are_warned_about(score):
    said = []
    assert read(None, scored(1, 0, score), warn=said.append) == [1.0, 0.0, pytest.approx(score)]
    (warning,) = said
    assert "gives no 'acc', and its scores are not only 0 and 1" in warning
    assert read([1, 1, 0], scored(1, 0, score)) == [1.0, 1.0, 0.0]


def test_scores_are_summed_in_float64():
    tenths = torch.full((1, 10), 0.1)
    (total,) = read(None, tenths, warn=lambda _: None)
    assert total == pytest.approx(10 * float(np.float32(0.1)), rel=1e-15)
    assert total != float(tenths.sum())


@pytest.mark.parametrize("score", [float("nan"), float("-inf")])
def test_a_score_that_is_not_finite_names_its_row(score):
    with pytest.raises(ValueError, match=r"correctness must be .* \(row 1, uid 'u1'\)"):
        read(None, scored(1, score))


def test_an_empty_response_has_no_correctness():
    assert read([1.0, 99.0], lengths=[3, 0]) == [1.0, 99.0]
    read(None, scored(1, float("nan")), lengths=[3, 0])
