"""Plots of a lift report."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from markupsafe import Markup

from banditsvc.reports import lift_words as words
from banditsvc.reports.html import ForestRow, Line, Tone, band_plot, forest_plot
from banditsvc.reports.lift_result import HorizonLift
from banditsvc.reports.number_words import Show, amount, between, percent, points
from offline_eval.lift import Conclusion, Estimate, GroupSummary, Metric

_TONES = {
    Conclusion.HIGHER: Tone.ABOVE,
    Conclusion.LOWER: Tone.BELOW,
    Conclusion.UNDECIDED: Tone.OPEN,
    Conclusion.REFUSED: Tone.OPEN,
}


def path_plot(horizon: HorizonLift, pair: tuple[str, str], metric: Metric, currency: str) -> Markup:
    """Returns how a lift was read day by day, with the interval around it."""
    path = horizon.path(pair, metric)
    scale = 100.0 if metric is Metric.CONVERSION else 1.0
    line = Line(
        times_us=path["reading_us"],
        values=scale * path["absolute"],
        low=scale * path["low"],
        high=scale * path["high"],
    )
    name = f"Lift of {pair[0]} over {pair[1]} in {words.metric_words(metric, currency)}, day by day"
    return band_plot([line], name=name, axis=_axis(metric, currency), show=lambda value: amount(value, sign=True))


def lift_forest(rows: Iterable[tuple[str, Estimate]], metric: Metric, currency: str, name: str) -> Markup:
    """Returns estimates of one metric with their intervals.

    Args:
        rows: Label and estimate of each row.
        metric: The metric.
        currency: Of the amounts.
        name: What the figure shows, in words.
    """
    drawn = [_row(label, one) for label, one in rows]
    scaled = points if metric is Metric.CONVERSION else _signed_amount
    return forest_plot(drawn, name=name, axis=_axis(metric, currency), show=scaled)


def means_forest(groups: Sequence[GroupSummary], metric: Metric, currency: str) -> Markup:
    """Returns what each group had by itself."""
    rows = []
    show: Show = percent if metric is Metric.CONVERSION else amount
    for one in groups:
        is_conversion = metric is Metric.CONVERSION
        value = one.conversion if is_conversion else one.revenue_per_customer
        interval = one.conversion_interval if is_conversion else one.revenue_interval
        bounds = f" ({between(interval.low, interval.high, show)})" if interval.is_bounded else ""
        rows.append(
            ForestRow(
                label=f"{one.group}, {one.customers:,} customers",
                value=value,
                low=interval.low if bounds else math.nan,
                high=interval.high if bounds else math.nan,
                note=f"{show(value)}{bounds}",
            )
        )
    name = f"{words.metric_words(metric, currency)} of each group"
    return forest_plot(rows, name=name, axis=words.metric_words(metric, currency), show=show, reference=None)


def _signed_amount(value: float) -> str:
    return amount(value, sign=True)


def _axis(metric: Metric, currency: str) -> str:
    if metric is Metric.CONVERSION:
        return "conversion, percentage points"
    return words.metric_words(metric, currency)


def _row(label: str, one: Estimate) -> ForestRow:
    interval = one.absolute_interval
    note = words.absolute_words(one) if interval else f"{words.absolute_words(one)}: no conclusion"
    return ForestRow(
        label=label,
        value=one.absolute,
        low=math.nan if interval is None else interval.low,
        high=math.nan if interval is None else interval.high,
        note=note,
        tone=_TONES[one.conclusion],
    )
