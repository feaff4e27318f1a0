"""Day plots: the courses of several things over the days of a run, each with a band."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from banditsvc.reports.html.svg import INK, RULE, figure, series_color, svg_of
from banditsvc.reports.number_words import Show, tick

_HEIGHT = 2.9
"""Inches."""
_DASHES = ("solid", (0, (5, 1.5)), (0, (1.5, 1.2)))
"""Of the first, second and third time that the colors are gone through."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DayLine:
    """One course; what is not finite is not drawn."""

    label: str
    place: int
    """Of the thing among all things of the page, which gives it the same color in every plot."""
    days: ArrayLike
    values: ArrayLike
    low: ArrayLike
    high: ArrayLike


def day_plot(lines: Sequence[DayLine], *, name: str, axis: str, show: Show) -> Markup:
    """Returns the plot; its legend lists the courses by their last value, the highest on top.

    Args:
        lines: What to show.
        name: What the figure shows, in words.
        axis: What the numbers are, with their unit.
        show: Writes the numbers of the axis.
    """
    made, axes = figure(_HEIGHT)
    at_ticks = tick(show)
    axes.axhline(0.0, color=INK, linewidth=0.9, zorder=1)
    for line in sorted(lines, key=_last, reverse=True):
        color, dashes = series_color(line.place), _DASHES[line.place // 8 % len(_DASHES)]
        days = np.asarray(line.days, dtype=np.float64)
        low, high = (np.asarray(end, dtype=np.float64) for end in (line.low, line.high))
        axes.fill_between(days, low, high, where=np.isfinite(low), color=color, alpha=0.16, linewidth=0.0)
        axes.plot(days, np.asarray(line.values), color=color, linewidth=1.6, linestyle=dashes, label=line.label)
    axes.set_xlabel("day")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=8))
    axes.yaxis.set_major_formatter(lambda value, _: at_ticks(value))
    axes.margins(x=0.01)
    axes.grid(axis="y", color=RULE, linewidth=0.5, alpha=0.7)
    axes.set_axisbelow(True)
    axes.set_ylabel(axis)
    axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.02), fontsize=8, borderaxespad=0.0)
    return svg_of(made, name)


def _last(line: DayLine) -> float:
    values = np.asarray(line.values, dtype=np.float64)
    return float(values[-1]) if len(values) and np.isfinite(values[-1]) else -np.inf
