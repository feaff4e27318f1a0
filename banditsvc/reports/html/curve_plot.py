"""Curve plots: how numbers move with a setting, on a logarithmic axis, each with a band."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter
from numpy.typing import ArrayLike

from banditsvc.reports.html.svg import RULE, figure, series_color, svg_of
from banditsvc.reports.number_words import Show, tick

_HEIGHT = 2.9
"""Inches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """One course."""

    label: str
    places: ArrayLike
    """Values of the setting, above 0."""
    values: ArrayLike
    low: ArrayLike
    high: ArrayLike


def curve_plot(curves: Sequence[Curve], *, name: str, setting: str, axis: str, show: Show) -> Markup:
    """Returns the plot, with a mark at each value of the setting.

    Args:
        curves: What to show.
        name: What the figure shows, in words.
        setting: What the horizontal axis is.
        axis: What the numbers are, with their unit.
        show: Writes the numbers of the vertical axis.
    """
    made, axes = figure(_HEIGHT)
    at_ticks = tick(show)
    for place, curve in enumerate(curves):
        color = series_color(place)
        at, values, low, high = (
            np.asarray(one, dtype=np.float64) for one in (curve.places, curve.values, curve.low, curve.high)
        )
        axes.fill_between(at, low, high, color=color, alpha=0.14, linewidth=0.0)
        axes.plot(at, values, "o-", color=color, linewidth=1.5, markersize=3.0, label=curve.label)
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel(setting)
    axes.yaxis.set_major_formatter(lambda value, _: at_ticks(value))
    axes.grid(axis="y", color=RULE, linewidth=0.5, alpha=0.7)
    axes.set_axisbelow(True)
    axes.set_ylabel(axis)
    axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.02), fontsize=8, borderaxespad=0.0)
    return svg_of(made, name)
