"""Tables of text."""

from __future__ import annotations

from collections.abc import Sequence


def columns(lines: Sequence[Sequence[str]]) -> list[list[str]]:
    """Lines of cells, each filled up to the width of its column.

    Example:
        >>> columns([["run", "L*"], ["a", "1750"]])
        [['run', 'L*  '], ['a  ', '1750']]
    """
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return [[cell.ljust(width) for cell, width in zip(line, widths, strict=True)] for line in lines]


def plain_table(lines: Sequence[Sequence[str]]) -> str:
    """A table for the terminal, two spaces between its columns.

    Example:
        >>> print(plain_table([["run", "L*"], ["a", "1750"]]))
        run  L*
        a    1750
    """
    return "\n".join("  ".join(line).rstrip() for line in columns(lines))


def markdown_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table, its columns padded to be read as plain text too.

    Example:
        >>> print(markdown_table(["run", "L*"], [["a", "1750"]]))
        | run | L*   |
        |-----|------|
        | a   | 1750 |
    """
    filled = columns([head, *rows])
    lines = [f"| {' | '.join(line)} |" for line in filled]
    lines.insert(1, "|" + "|".join("-" * (len(cell) + 2) for cell in filled[0]) + "|")
    return "\n".join(lines)
