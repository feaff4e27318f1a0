"""Share plots: how often something happened against how often it should have, by the diagonal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup
from matplotlib.ticker import PercentFormatter

from banditsvc.reports.html.svg import PALE, RULE, figure, series_color, svg_of

_SIZE = 3.6
"""Inches of the height."""
_WIDE = 0.1
"""Range of shares from which on whole percents at the ticks will do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SharePoint:
    """One cell."""

    series: str
    """Cells of one series have one color."""
    expected: float
    """Share in [0, 1]."""
    observed: float
    error: float = 0.0
    """Standard error of the observed share, if the expected one is right."""
    is_at_fault: bool = False


def share_plot(points: Sequence[SharePoint], *, name: str, across: str, up: str) -> Markup:
    """Returns the plot: what is right lies on the diagonal, within its line of two standard errors.

    Args:
        points: What to show.
        name: What the figure shows, in words.
        across: What the expected shares are.
        up: What the observed ones are.
    """
    made, axes = figure(_SIZE)
    ends = [
        (min(one.expected, one.observed - 2.0 * one.error), max(one.expected, one.observed + 2.0 * one.error))
        for one in points
    ]
    least, greatest = min((low for low, _ in ends), default=0.0), max((high for _, high in ends), default=1.0)
    room = 0.04 * (greatest - least)
    limits = max(least - room, 0.0), min(greatest + room, 1.0)
    axes.plot(limits, limits, color=PALE, linewidth=0.9, zorder=1)
    for place, series in enumerate(dict.fromkeys(one.series for one in points)):
        own = [one for one in points if one.series == series]
        axes.errorbar(
            [one.expected for one in own],
            [one.observed for one in own],
            yerr=[2.0 * one.error for one in own],
            fmt="o",
            color=series_color(place),
            markersize=3.5,
            elinewidth=0.7,
            alpha=0.75,
            label=series,
        )
    wrong = [one for one in points if one.is_at_fault]
    if wrong:
        axes.plot(
            [one.expected for one in wrong],
            [one.observed for one in wrong],
            "s",
            color="#D55E00",
            markersize=9.0,
            markerfacecolor="none",
            label="not as logged",
        )
    axes.set_xlim(limits)
    axes.set_ylim(limits)
    for one in (axes.xaxis, axes.yaxis):
        one.set_major_formatter(
            PercentFormatter(1.0, decimals=0 if limits[1] - limits[0] > _WIDE else None, symbol=" %")
        )
    axes.set_xlabel(across)
    axes.set_ylabel(up)
    axes.grid(color=RULE, linewidth=0.5, alpha=0.7)
    axes.set_axisbelow(True)
    axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.02), fontsize=8, borderaxespad=0.0)
    return svg_of(made, name)
