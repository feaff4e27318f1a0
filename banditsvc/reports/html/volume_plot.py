"""Volume plots: how much of each thing, beside how much there was before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from banditsvc.reports.html.svg import PALE, RULE, Tone, figure, svg_of

_ROW, _FRAME = 0.34, 0.8
"""Inches of a row, and of what is above and below all rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """One row: how much, and how much before."""

    label: str
    now: int
    before: int | None = None
    """None: there is nothing to compare with."""


def volume_plot(rows: Sequence[Volume], *, name: str, axis: str, before: str = "") -> Markup:
    """Returns the plot, the first row on top.

    Args:
        rows: What to show.
        name: What the figure shows, in words.
        axis: What is counted.
        before: What the mark of an earlier volume is called in the legend.
    """
    made, axes = figure(_FRAME + _ROW * len(rows))
    places = range(len(rows))
    axes.barh(places, [row.now for row in rows], height=0.6, color=Tone.ABOVE.color, alpha=0.75, label="now")
    marked = [(row.before, place) for place, row in enumerate(rows) if row.before is not None]
    if marked:
        axes.scatter(
            [volume for volume, _ in marked],
            [place for _, place in marked],
            marker="|",
            s=220,
            linewidths=2.0,
            color=Tone.BELOW.color,
            label=before,
            zorder=3,
        )
        axes.legend(frameon=False, fontsize=8, loc="lower right")
    for place, row in enumerate(rows):
        axes.annotate(
            f"{row.now:,}",
            (row.now, place),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            fontsize=8,
            color=PALE,
        )
    axes.set_yticks(list(places), [row.label for row in rows])
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_xlim(left=0)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.tick_params(axis="y", length=0, pad=9)
    axes.set_xlabel(axis)
    axes.margins(x=0.12)
    axes.grid(axis="x", color=RULE, linewidth=0.5, alpha=0.7)
    axes.set_axisbelow(True)
    return svg_of(made, name)
