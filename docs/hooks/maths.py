"""Formulas as MathML, which browsers draw by themselves: nothing to fetch, nothing to run."""

from __future__ import annotations

import re
from typing import Any

from latex2mathml.converter import convert

# Code, which is left as it is, or a formula: `$$...$$` and `$...$`, as other renderers take them.
_PARTS = re.compile(
    r"(?P<code>^```.*?^```$|`[^`\n]+`)|\$\$(?P<block>.+?)\$\$|\$(?P<inline>[^$\n]+?)\$",
    re.DOTALL | re.MULTILINE,
)


def _rendered(part: re.Match[str]) -> str:
    if part["code"]:
        return part["code"]
    if part["block"]:
        formula = convert(part["block"].strip(), display="block")
        return f'<div style="overflow-x: auto">{formula}</div>'
    # Within a span, since Markdown takes what begins a line with <math> for a block.
    return f"<span>{convert(part['inline'])}</span>"


def on_page_markdown(markdown: str, **_: Any) -> str:
    """A page, its formulas rendered."""
    return _PARTS.sub(_rendered, markdown)
