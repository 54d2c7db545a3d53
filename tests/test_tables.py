"""Tables of text: what their examples do not show."""

from __future__ import annotations

import pytest

from lead_rs.tables import columns, markdown_table, plain_table


def test_a_table_without_rows_is_its_head():
    assert markdown_table(["run", "L*"], []) == "| run | L* |\n|-----|----|"
    assert plain_table([["run", "L*"]]) == "run  L*"


@pytest.mark.parametrize("lines", [[["a", "b"], ["c"]], [["a"], ["b", "c"]]])
def test_no_cell_is_lost(lines):
    with pytest.raises(ValueError, match="zip"):
        columns(lines)
