"""Figures as SVG inside a page: the same bytes for the same data, their text in the page's font."""

from __future__ import annotations

import re
from enum import Enum
from io import StringIO
from typing import Any

import matplotlib as mpl
from markupsafe import Markup, escape
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

WIDTH = 7.4
"""Of all figures, in inches; the page scales them to its own width."""
INK, PALE, RULE = "#1f2933", "#52606d", "#cbd2d9"
"""Of text, of text beside it, and of lines."""
_STYLE: dict[Any, object] = {  # Any: its keys are a Literal of all parameters
    "font.size": 9.0,
    "svg.fonttype": "none",  # text stays text: found, read aloud, and in the page's font
    "axes.edgecolor": RULE,
    "axes.labelcolor": PALE,
    "text.color": INK,
    "xtick.color": PALE,
    "ytick.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.8,
}
_NO_METADATA = dict.fromkeys(("Date", "Creator", "Format", "Type"))


class Tone(Enum):
    """What a mark says, by a color of Okabe and Ito (told apart by the color-blind) and by a shape (and in print)."""

    ABOVE = ("#0072B2", "o")
    BELOW = ("#D55E00", "s")
    OPEN = ("#7b8794", "D")
    PLAIN = ("#1f2933", "o")

    @property
    def color(self) -> str:
        """Returns the color."""
        return self.value[0]

    @property
    def marker(self) -> str:
        """Returns the shape."""
        return self.value[1]


SERIES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#1f2933", "#a08a00")
"""Colors of things that are told apart by name, in their order; again Okabe and Ito's, the yellow one darker."""


def series_color(place: int) -> str:
    """Returns the color of the thing at a place, 0 the first; after the last color they come again."""
    return SERIES[place % len(SERIES)]


def figure(height: float) -> tuple[Figure, Axes]:
    """Returns an empty figure of that height in inches, with one pair of axes, which svg_of turns into SVG."""
    made, axes = panels(height, rows=1, columns=1)
    return made, axes[0][0]


def panels(height: float, *, rows: int, columns: int) -> tuple[Figure, list[list[Axes]]]:
    """Returns an empty figure of that height in inches with rows of axes that share their limits."""
    with mpl.rc_context(_STYLE):
        made = Figure(figsize=(WIDTH, height), layout="constrained")
        grid = made.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
        return made, [list(row) for row in grid]


def svg_of(made: Figure, name: str) -> Markup:
    """Returns the SVG of a figure.

    Args:
        made: The figure.
        name: What the figure shows: read aloud in its place.
    """
    # Matplotlib takes a salt of "none" for no salt, and then one at random.
    out = StringIO()
    for text in made.findobj(Text):
        assert isinstance(text, Text)
        text.set_parse_math(False)  # a dollar sign in a name is one
    with mpl.rc_context({**_STYLE, "svg.hashsalt": f"figure {name}"}):
        made.savefig(out, format="svg", metadata=_NO_METADATA, transparent=True)
    drawing = out.getvalue()
    drawing = drawing[drawing.index("<svg") :]
    # Groups have names that several figures of a page would share; nothing refers to them.
    drawing = re.sub(r' id="[A-Za-z][\w.]*_\d+"', "", drawing)
    drawing = re.sub(r' xmlns(:xlink)?="[^"]*"', "", drawing)
    label = f'<svg role="img" aria-label="{escape(name)}"'
    return Markup(drawing.replace("<svg", label, 1).strip())  # noqa: S704 - made here, its texts escaped by Matplotlib
