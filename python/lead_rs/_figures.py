"""What the pictures share: colours that the colour-blind can tell apart, and writing a PNG."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from lead_rs._files import whole_file

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe and Ito's, without the yellow that is too light on white.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")


def colour(position: int) -> str:
    """The colour of the setting or run at this position; they repeat after seven."""
    return COLOURS[position % len(COLOURS)]


def plain(axes: Axes, title: str, x_label: str = "") -> None:
    """Title and labels, no box, a faint grid."""
    axes.set_title(title, loc="left", fontsize=10)
    axes.set_xlabel(x_label, fontsize=9)
    axes.tick_params(labelsize=8)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.25, linewidth=0.6)


def save(figure: Figure, path: Path) -> None:
    """Write a PNG, whole or not at all."""
    with whole_file(path) as unfinished:
        figure.savefig(unfinished, dpi=110)
