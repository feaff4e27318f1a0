"""The drift report as a page."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, time

from markupsafe import Markup

from banditsvc.reports import drift_words as words
from banditsvc.reports.html import Line, Tone, band_plot, render_page
from banditsvc.reports.number_words import amount
from offline_eval.drift import Change, DriftReport, Point

_MOST_THIN = 40
"""Series of which too little is known that are listed; --json has all."""


def drift_page(portfolio_id: str, report: DriftReport) -> str:
    """Returns the report as one HTML document that needs no network."""
    return render_page(
        "drift.html",
        portfolio_id=portfolio_id,
        about=list(words.head_words(report)),
        changes=[(words.sentence(report, one), _plot(one)) for one in report.changes],
        nothing=words.no_change_words(report) if report.evaluated and not report.changes else "",
        columns=words.columns(report),
        rows=[words.change_row(report, one) for one in report.changes],
        thin_columns=words.THIN_COLUMNS,
        thin_rows=[words.thin_row(report, one) for one in report.thin[:_MOST_THIN]],
        more_thin=len(report.thin) - _MOST_THIN,
    )


def _plot(change: Change) -> Markup:
    after = Tone.ABOVE if change.difference.change > 0.0 else Tone.BELOW
    lines = [
        _line("before", Tone.PLAIN, [one for one in change.course if one.first_day < change.day]),
        _line("after", after, [one for one in change.course if one.first_day >= change.day]),
    ]
    return band_plot(
        lines,
        name=f"Mean reward of {words.series_words(change.series)} over the days",
        axis="per 100 customers",
        show=amount,
        reference=None,
    )


def _line(label: str, tone: Tone, points: Iterable[Point]) -> Line:
    shown = list(points)
    noons = [datetime.combine(one.first_day + (one.last_day - one.first_day) / 2, time(12), UTC) for one in shown]
    return Line(
        label=label,
        times_us=[round(noon.timestamp() * 1e6) for noon in noons],
        values=[100.0 * one.size.mean for one in shown],
        low=[100.0 * one.size.interval.low for one in shown],
        high=[100.0 * one.size.interval.high for one in shown],
        tone=tone,
    )
