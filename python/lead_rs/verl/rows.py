"""From the rows of verl's batch to the responses that LEAD counts, and back."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from lead_rs._errors import LeadError
from lead_rs.runs.rows import parse_key

FloatArray = npt.NDArray[np.floating[Any]]


@dataclasses.dataclass(frozen=True)
class Rows:
    """Which of a batch's B rows are responses of their own, and where the others belong.

    Attributes:
        counted: [C] int64, the positions of the rows that LEAD counts, ascending.
        source: [B] int64, for each row the place in `counted` of the row whose advantage it takes;
            -1 for padding.
    """

    counted: npt.NDArray[np.int64]
    source: npt.NDArray[np.int64]

    def of(self, values: Any) -> Any:
        """Those of B values, an array or a sequence, that belong to the counted rows: [C]."""
        if len(self.counted) == len(values):
            return values
        if isinstance(values, np.ndarray):
            return values[self.counted]
        return [values[row] for row in self.counted.tolist()]

    def spread(self, advantages: FloatArray) -> FloatArray:
        """From one advantage per counted row, [C], to one per row, [B]; padding gets 0."""
        return np.append(advantages, advantages.dtype.type(0))[self.source]


def every_row(batch_size: int) -> Rows:
    """Each row a response of its own."""
    positions = np.arange(batch_size, dtype=np.int64)
    return Rows(positions, positions)


def final_outputs(keys: Sequence[str], padding: Sequence[bool]) -> Rows:
    """The final output of each session, as verl's V1 trainer counts them for GRPO.

    An agent loop may return several outputs per rollout ("session"): only the last one is scored,
    and the others share its advantage. verl does so for GRPO alone; any other estimator is handed
    every output as if it were a response, and the rows that fill up the batch besides.

    Args:
        keys: [B] TransferQueue keys, ``{uid}_{session}_{index of the output}``.
        padding: [B] whether the row only fills up the batch.

    Returns:
        The rows to count.

    Raises:
        LeadError: for a key of another form.

    Example:
        >>> rows = final_outputs(["u_0_0", "u_0_1", "u_1_0", "pad_0_0"], [False] * 3 + [True])
        >>> rows.counted.tolist(), rows.source.tolist()
        ([1, 2], [0, 0, 1, -1])
    """
    final: dict[tuple[str, int], tuple[int, int]] = {}
    sessions: list[tuple[str, int] | None] = []
    for row, (key, is_padding) in enumerate(zip(keys, padding, strict=True)):
        parsed = parse_key(key)
        if parsed is None:
            raise LeadError(f"a row's key must be uid_session_index, got {key!r}")
        session = None if is_padding else (parsed.uid, parsed.session)
        sessions.append(session)
        if session is not None:
            final[session] = max(final.get(session, (-1, -1)), (parsed.output, row))

    counted = np.sort(np.array([row for _, row in final.values()], dtype=np.int64))
    place = {row: place for place, row in enumerate(counted.tolist())}
    source = [-1 if session is None else place[final[session][1]] for session in sessions]
    return Rows(counted, np.array(source, dtype=np.int64))
