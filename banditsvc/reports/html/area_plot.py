"""Area plots: what a whole is made of over time, in small panels side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from banditsvc.reports.html.svg import PALE, SERIES, panels, series_color, svg_of

_ROW, _FRAME = 1.35, 0.75
"""Inches of a row of panels, and of what is around them."""
_REST, _NOTHING = "#cbd2d9", "#edf0f3"
_HATCHES = ("", "////", "....")
"""Of the first, second and third time that the colors are gone through."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaPanel:
    """One panel: shares of a whole at some times."""

    times: ArrayLike
    shares: Sequence[ArrayLike]
    """For each part of the whole its shares, from 0 to 1; what they lack of 1 is left empty. Times without any are NaN."""


def area_plot(
    grid: Sequence[Sequence[AreaPanel]],
    *,
    rows: Sequence[str],
    columns: Sequence[str],
    parts: Sequence[str],
    name: str,
    axis: str,
    rest: str = "",
    nothing: str = "",
) -> Markup:
    """Returns the plot.

    Args:
        grid: Rows of panels, each with a panel for every column.
        rows: What each row shows.
        columns: What each column shows.
        parts: Of what the wholes consist, the lowest first.
        name: What the figure shows, in words.
        axis: What the times are.
        rest: The part that is drawn in gray, as it stands for all others.
        nothing: The part that is hardly drawn, as it stands for nothing at all.
    """
    made, axes = panels(_FRAME + _ROW * len(rows), rows=len(rows), columns=len(columns))
    looks = [_look(place) for place in range(len(parts))]
    for part, gray in ((rest, _REST), (nothing, _NOTHING)):
        if part in parts:
            looks[parts.index(part)] = (gray, "")
    for row, of_row in zip(axes, grid, strict=True):
        for one, panel in zip(row, of_row, strict=True):
            _draw(one, panel, looks)
    for one, label in zip(axes[0], columns, strict=True):
        one.set_title(label, fontsize=9, loc="left", color=PALE)
    for row, label in zip(axes, rows, strict=True):
        row[0].set_ylabel(label, rotation=0, ha="right", va="center", fontsize=9)
    for one in axes[-1]:
        one.set_xlabel(axis, fontsize=8)
    marks = [Patch(facecolor=color, hatch=hatch, edgecolor="white", linewidth=0.0) for color, hatch in looks]
    made.legend(marks, list(parts), loc="outside lower center", ncols=min(len(parts), 5), frameon=False, fontsize=8)
    return svg_of(made, name)


def _look(place: int) -> tuple[str, str]:
    return series_color(place), _HATCHES[place // len(SERIES) % len(_HATCHES)]


def _draw(axes: Axes, panel: AreaPanel, looks: Sequence[tuple[str, str]]) -> None:
    times = np.asarray(panel.times, dtype=np.float64)
    below = np.zeros(len(times))
    for shares, (color, hatch) in zip(panel.shares, looks, strict=True):
        above = below + np.asarray(shares, dtype=np.float64)
        # Steps: a share is that of the whole week.
        axes.fill_between(
            times, below, above, step="mid", facecolor=color, hatch=hatch, edgecolor="white", linewidth=0.0
        )
        below = above
    axes.set_ylim(0.0, 1.0)
    axes.set_yticks([0.0, 0.5, 1.0], ["0", "", "100 %"], fontsize=7.5)
    axes.tick_params(axis="x", labelsize=7.5)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=4))
    axes.margins(x=0.0)
