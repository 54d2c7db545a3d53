"""Prompts are grouped alike, however their uids come."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lead_rs

WORDS = st.sampled_from(["a", "b", "", "é", "\ud800", "\udfff"])
NUMBERS = st.one_of(
    st.integers(-2, 2), st.sampled_from([2**63 - 1, -(2**63), 2**63, 2**70, 1.0, 0.5, True, False])
)
UIDS = st.lists(st.one_of(WORDS, NUMBERS, st.tuples(st.integers(0, 1))), min_size=2, max_size=40)


def groups(index):
    """The first row of each row's group, counted from 1: the least length in it."""
    size = len(index)
    length = np.arange(1, size + 1)
    config = lead_rs.LeadConfig(aggregator="min_correct", lstar_min=0.5)
    return lead_rs.target_length(np.ones(size), length, index, config=config).tolist()


def expected(index):
    """The first row of a group has the least length."""
    first = {}
    return [float(first.setdefault(uid, row)) for row, uid in enumerate(index, 1)]


@settings(deadline=None, max_examples=300)
@given(UIDS)
def test_as_python_compares_them(index):
    array = np.empty(len(index), object)
    array[:] = index
    assert groups(index) == groups(tuple(index)) == groups(array) == expected(index)


@settings(deadline=None, max_examples=200)
@given(
    st.lists(st.one_of(st.integers(-3, 3), st.integers(-(2**63), 2**63 - 1)), min_size=2),
    st.sampled_from(["int64", "int32", "int8", "uint64", "uint8", "bool", ">i4"]),
)
def test_arrays_of_whole_numbers(index, dtype):
    array = np.array(index, np.int64).astype(dtype)
    assert groups(array) == expected(array.tolist())
    wide = np.zeros(2 * len(array), array.dtype)
    wide[::2] = array
    assert groups(wide[::2]) == groups(array)


def test_torch_s_whole_numbers():
    torch = pytest.importorskip("torch")
    for dtype in (torch.int64, torch.int32, torch.uint8, torch.bool):
        index = torch.tensor([1, 0, 1, 1, 0]).to(dtype)
        assert groups(index) == [1, 2, 1, 1, 2]


@pytest.mark.parametrize("bad", [None, float("nan"), []])
def test_what_is_no_uid_is_named_in_an_array_of_objects(bad):
    array = np.empty(3, object)
    array[:] = ["a", 7, bad]
    with pytest.raises(TypeError, match="index must hold hashable prompt uids.*row 2"):
        groups(array)


def test_an_object_that_is_equal_to_others():
    """Its own comparison is asked, also where it changes the array that it is in."""
    array = np.empty(4, object)

    class Uid:
        def __hash__(self):
            array[:] = None
            return hash("a")

        def __eq__(self, other):
            return other == "a" or self is other

    array[:] = ["b", 5, Uid(), 5]
    assert groups(array) == [1, 2, 3, 2]


@pytest.mark.parametrize("index", [np.arange(3), np.array(["a", "b", "c"], object)])
def test_too_many_uids_are_named(index):
    with pytest.raises(ValueError, match="index must have one entry per response: got 3 for 2"):
        lead_rs.compute_advantage([1, 0], [9, 8], index)
