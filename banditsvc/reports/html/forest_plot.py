"""Forest plots: estimates with their intervals, one below the other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from markupsafe import Markup
from matplotlib.axes import Axes

from banditsvc.reports.html.svg import INK, PALE, RULE, Tone, figure, svg_of
from banditsvc.reports.number_words import Show, tick

_ROW, _FRAME = 0.3, 0.75
"""Inches of a row, and of what is above and below all rows."""
_LONGEST = 3.0
"""Intervals longer than so many times the median's half width on one side end in an arrow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForestRow:
    """An estimate; what is not finite is not drawn, and an end that is not finite is an arrow."""

    label: str
    value: float = math.nan
    low: float = math.nan
    high: float = math.nan
    note: str = ""
    """To the right of it, such as the numbers in words."""
    tone: Tone = Tone.PLAIN
    is_heading: bool = False


def forest_plot(
    rows: Sequence[ForestRow], *, name: str, axis: str, show: Show, reference: float | None = 0.0
) -> Markup:
    """Returns the plot, the first row on top.

    Args:
        rows: What to show.
        name: What the figure shows, in words.
        axis: What the numbers are, with their unit.
        show: Writes the numbers of the axis.
        reference: A line to read the intervals by; None: there is none.
    """
    made, axes = figure(_FRAME + _ROW * len(rows))
    left, right = _limits(rows, reference)
    at_ticks = tick(show)
    if reference is not None:
        axes.axvline(reference, color=INK, linewidth=0.9, zorder=1)
    for place, row in enumerate(rows):
        _draw(axes, place, row, (left, right))
    axes.set_xlim(left, right)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_yticks(range(len(rows)), [row.label for row in rows])
    for label, row in zip(axes.get_yticklabels(), rows, strict=True):
        label.set_fontweight("bold" if row.is_heading else "normal")
    axes.tick_params(axis="y", length=0, pad=9)
    axes.spines["left"].set_visible(False)
    axes.xaxis.set_major_formatter(lambda value, _: at_ticks(value))
    axes.locator_params(axis="x", nbins=6)
    axes.grid(axis="x", color=RULE, linewidth=0.5, alpha=0.7, zorder=0)
    axes.set_axisbelow(True)
    axes.set_xlabel(axis)
    beside = axes.secondary_yaxis("right")
    beside.set_yticks(range(len(rows)), [row.note for row in rows], color=PALE)
    beside.tick_params(axis="y", length=0, pad=9, labelsize=8.5)
    beside.spines["right"].set_visible(False)
    return svg_of(made, name)


def _draw(axes: Axes, place: int, row: ForestRow, limits: tuple[float, float]) -> None:
    left, right = limits
    if math.isnan(row.value):
        return
    low, high = max(row.low, left), min(row.high, right)
    if not (math.isnan(row.low) or math.isnan(row.high)):
        axes.plot([low, high], [place, place], color=row.tone.color, linewidth=2.2, solid_capstyle="butt", zorder=2)
        for end, arrow, is_cut in ((low, "<", row.low < left), (high, ">", row.high > right)):
            mark = arrow if is_cut else "|"
            axes.plot([end], [place], mark, color=row.tone.color, markersize=6.0, clip_on=False, zorder=3)
    if left <= row.value <= right:
        fill = "white" if row.tone is Tone.OPEN else row.tone.color
        axes.plot(
            [row.value],
            [place],
            row.tone.marker,
            color=row.tone.color,
            markerfacecolor=fill,
            markeredgewidth=1.4,
            markersize=6.0,
            zorder=4,
        )


def _limits(rows: Sequence[ForestRow], reference: float | None) -> tuple[float, float]:
    """Returns limits that hold the estimates and the intervals, but for the parts of those that are very long."""
    found = [] if reference is None else [reference]
    found += [row.value for row in rows if math.isfinite(row.value)]
    halves = [
        half
        for row in rows
        for half in (row.value - row.low, row.high - row.value)
        if math.isfinite(half) and half >= 0.0
    ]
    longest = _LONGEST * median(halves) if halves else 0.0
    for row in rows:
        if math.isfinite(row.value):
            found += [
                max(row.low, row.value - longest) if math.isfinite(row.low) else row.value - longest,
                min(row.high, row.value + longest) if math.isfinite(row.high) else row.value + longest,
            ]
    low, high = (min(found), max(found)) if found else (0.0, 1.0)
    margin = 0.04 * (high - low) or max(abs(high), 1.0)
    return low - margin, high + margin
