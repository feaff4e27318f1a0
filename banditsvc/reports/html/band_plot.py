"""Band plots: values over time with the interval around them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike, NDArray

from banditsvc.reports.html.svg import INK, RULE, Tone, figure, svg_of
from banditsvc.reports.number_words import Show, tick

_HEIGHT = 2.7
"""Inches."""
_ROOM = 1.5
"""How much of the last interval's length there is above and below the values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One value over time; what is not finite is not drawn."""

    label: str = ""
    times_us: ArrayLike
    """Microseconds since 1970, UTC."""
    values: ArrayLike
    low: ArrayLike
    high: ArrayLike
    tone: Tone = Tone.ABOVE


def band_plot(
    lines: Sequence[Line], *, name: str, axis: str, show: Show, reference: float | None = 0.0, in_weeks: bool = False
) -> Markup:
    """Returns the plot; early intervals that are many times as long as the last one are cut at its edge.

    Args:
        lines: What to show; one without a label has no entry in the legend.
        name: What the figure shows, in words.
        axis: What the numbers are, with their unit.
        show: Writes the numbers of the axis.
        reference: A level to read the band by; None: there is none.
        in_weeks: Whether times are since a start that has no date: the axis then counts weeks.
    """
    made, axes = figure(_HEIGHT)
    at_ticks = tick(show)
    if reference is not None:
        axes.axhline(reference, color=INK, linewidth=0.9, zorder=1)
    for line in lines:
        _draw(axes, line)
    limits = _limits(lines, reference)
    if limits is not None:
        axes.set_ylim(*limits)
    (_count_weeks if in_weeks else _date)(axes)
    axes.yaxis.set_major_formatter(lambda value, _: at_ticks(value))
    axes.grid(axis="y", color=RULE, linewidth=0.5, alpha=0.7)
    axes.set_axisbelow(True)
    axes.set_ylabel(axis)
    if any(line.label for line in lines):
        axes.legend(frameon=False, loc="upper right", fontsize=8)
    return svg_of(made, name)


def _date(axes: Axes) -> None:
    locator = AutoDateLocator(minticks=3, maxticks=8)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    forms = ConciseDateFormatter(locator, show_offset=False, zero_formats=_NAMES, formats=_FORMS)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_formatter(forms)


def _count_weeks(axes: Axes) -> None:
    # Dates are days since 1970 to matplotlib.
    first, last = (end / _WEEK_DAYS for end in axes.dataLim.intervalx)
    weeks = np.array([week for week in MaxNLocator(integer=True, nbins=8).tick_values(first, last) if week >= 0.0])
    axes.set_xticks(_WEEK_DAYS * weeks, [f"{week:.0f}" for week in weeks])
    axes.set_xlabel("week")


_WEEK_DAYS = 7.0
_FORMS = ["%Y", "%b %Y", "%d %b", "%H:%M", "%H:%M", "%S.%f"]
_NAMES = ["", "%Y", "%b %Y", "%d %b", "%H:%M", "%H:%M"]
"""Forms of ticks at whole years, months, days and so on, and of those that begin a longer one."""


def _draw(axes: Axes, line: Line) -> None:
    times = np.asarray(line.times_us, dtype=np.int64).astype("datetime64[us]")
    values, low, high = _numbers(line)
    bounded = np.isfinite(low) & np.isfinite(high)
    axes.fill_between(times, low, high, where=bounded, color=line.tone.color, alpha=0.18, linewidth=0.0)
    for end in (low, high):
        axes.plot(times, np.where(bounded, end, np.nan), color=line.tone.color, linewidth=0.8, alpha=0.7)
    axes.plot(times, values, color=line.tone.color, linewidth=1.8, label=line.label or None)
    if len(values) and np.isfinite(values[-1]):
        axes.plot(times[-1:], values[-1:], line.tone.marker, color=line.tone.color, markersize=5.0)


def _limits(lines: Sequence[Line], reference: float | None) -> tuple[float, float] | None:
    found: list[float] = [] if reference is None else [reference]
    for line in lines:
        values, low, high = _numbers(line)
        bounded = np.isfinite(low) & np.isfinite(high) & np.isfinite(values)
        if not bounded.any():
            continue
        last = np.flatnonzero(bounded)[-1]
        room = _ROOM * (high[last] - low[last])
        shown = values[bounded]
        found += [float(shown.min() - room), float(shown.max() + room)]
    return (min(found), max(found)) if len(found) > 1 else None


def _numbers(line: Line) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    values, low, high = (np.asarray(one, dtype=np.float64) for one in (line.values, line.low, line.high))
    return values, low, high
