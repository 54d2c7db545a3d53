"""Which of a batch's rows are responses."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lead_rs.verl.rows import every_row, final_outputs


def test_each_row_counts_where_sessions_have_one_output():
    rows = final_outputs(["a_0_0", "a_1_0", "b_0_0"], [False] * 3)
    assert rows.counted.tolist() == [0, 1, 2]
    assert rows.spread(np.float32([1, 2, 3])).tolist() == [1, 2, 3]


def test_the_last_output_counts_for_its_session_wherever_it_stands():
    keys = ["a_0_1", "b_0_0", "a_0_10", "a_0_2", "a_1_0"]
    rows = final_outputs(keys, [False] * 5)
    assert [keys[row] for row in rows.counted] == ["b_0_0", "a_0_10", "a_1_0"]
    assert rows.spread(np.float32([1, 2, 3])).tolist() == [2, 1, 2, 2, 3]


def test_padding_counts_for_nothing_and_gets_zero():
    rows = final_outputs(["pad0_0_0", "a_0_0", "pad0_1_0"], [True, False, True])
    assert rows.counted.tolist() == [1]
    assert rows.spread(np.float32([5])).tolist() == [0, 5, 0]


@pytest.mark.parametrize("keys", [[], ["pad0_0_0", "pad1_0_0"]])
def test_a_batch_without_responses(keys):
    rows = final_outputs(keys, [True] * len(keys))
    assert rows.counted.tolist() == rows.of(np.arange(len(keys))).tolist() == []
    assert rows.spread(np.float32([])).tolist() == [0] * len(keys)


def test_each_row_has_to_say_whether_it_is_padding():
    with pytest.raises(ValueError, match="shorter"):
        final_outputs(["a_0_0", "a_1_0"], [False])


def test_uids_may_contain_underscores():
    rows = final_outputs(["a_b_0_0", "a_b_0_1", "a_0_0"], [False] * 3)
    assert rows.counted.tolist() == [1, 2]


@pytest.mark.parametrize("key", ["a", "a_0_x", "a_0_-1", ""])
def test_a_key_of_another_form_is_refused(key):
    with pytest.raises(ValueError, match="uid_session_index"):
        final_outputs([key], [False])


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, unique=True))
def test_rows_of_a_session_share_the_advantage_of_its_last_output(outputs):
    keys = [f"uid_{session}_{output}" for session, output in outputs]
    rows = final_outputs(keys, [False] * len(keys))
    last = {s: max(o for t, o in outputs if t == s) for s, _ in outputs}
    counted = [outputs[row] for row in rows.counted]
    assert sorted(counted) == sorted(last.items())
    spread = rows.spread(np.arange(len(counted), dtype=np.float32))
    assert [counted[int(place)][0] for place in spread] == [session for session, _ in outputs]


def test_every_row():
    assert every_row(3).spread(np.float32([1, 2, 3])).tolist() == [1, 2, 3]


def test_what_belongs_to_the_counted_rows():
    rows = final_outputs(["pad0_0_0", "a_0_0", "a_0_1", "b_0_0"], [True, False, False, False])
    assert rows.of(np.arange(4)).tolist() == [2, 3]
    assert rows.of(["x", "y", "z", "w"]) == ["z", "w"]
