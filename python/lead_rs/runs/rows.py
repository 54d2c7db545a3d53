"""The keys of a batch's rows, as verl's agent loops make them."""

from __future__ import annotations

import re
from typing import NamedTuple

_KEY = re.compile(r"(?P<uid>.*)_(?P<session>\d{1,18})_(?P<output>\d{1,18})", re.DOTALL)
_PADDING = re.compile(r"pad[0-9a-f]{8,}")


class Key(NamedTuple):
    """Which output of which rollout ("session") of which prompt a row is.

    Attributes:
        uid: the prompt's.
        session: the number of the rollout, of which a prompt has several.
        output: the number of the output, of which an agent loop may give several per rollout.
    """

    uid: str
    session: int
    output: int

    @property
    def is_padding(self) -> bool:
        """Whether the row only fills a batch up."""
        return _PADDING.fullmatch(self.uid) is not None


def parse_key(text: str) -> Key | None:
    """Read a key; None if it is of another form.

    Example:
        >>> parse_key("a_b_0_1")
        Key(uid='a_b', session=0, output=1)
    """
    found = _KEY.fullmatch(text)
    return Key(found["uid"], int(found["session"]), int(found["output"])) if found else None
