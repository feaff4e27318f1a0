"""A drift report in words, the same in the terminal and on the page."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date

from banditsvc.reports.number_words import NOTHING, about, amount, between, percent
from offline_eval.drift import Change, Difference, DriftReport, Kind, Series, Size, ThinSeries

_LEAST_P = 0.001
CHANGE_COLUMNS = (
    "what",
    "since",
    "between",
    ">before",
    ">95 % interval",
    ">after",
    ">95 % interval",
    ">model before",
    ">model after",
    ">p-value",
)
THIN_COLUMNS = ("what", ">customers with another reward than most", ">decisions", "it takes at least")


def head_words(report: DriftReport) -> Iterator[str]:
    """Yields what the report rests on, and which error it holds."""
    if report.first_day is None or report.last_day is None:
        yield "No decision can be evaluated yet."
    else:
        yield f"{report.evaluated:,} decisions sent from {_dated(report.first_day)} to {_dated(report.last_day)}"
    if report.left_out:
        counts = ", ".join(f"{count:,} {reason}" for reason, count in report.left_out.items())
        yield f"left out: {counts}"
    if report.evaluated:
        looked, thin = len(report.looked_at), len(report.thin)
        rest = "; of the others too little is known" if thin else ""
        yield f"looked at {looked:,} of {looked + thin:,} campaigns, families, segments and pairs of campaign and segment{rest}"
        yield (
            f"where nothing changes, at most {percent(1.0 - report.level)} of such readings say that anything did, "
            "all of these and all days together"
        )


def no_change_words(report: DriftReport) -> str:
    """Returns that nothing is known to have changed."""
    if not report.looked_at:
        return "Too little is known to tell whether anything changed."
    return f"Nothing is known to have changed (p = {report.rest_p_value:.2f})."


def sentence(report: DriftReport, change: Change) -> str:
    """Returns a change in one sentence, for whoever plans campaigns."""
    difference = change.difference
    text = f"{_earns(change.series)} {_numbers(difference)} per 100 customers{_place(change.series)} {_since(report, change)}"
    if change.most is not None:
        text += f", in segment {change.most.segment} most: {_numbers(change.most.difference)}"
    return f"{text}."


def series_words(series: Series) -> str:
    """Returns what a series is of, for tables."""
    match series.kind:
        case Kind.EVERYTHING:
            return "everything"
        case Kind.SEGMENT:
            return f"segment {series.segment}"
        case Kind.FAMILY:
            return f"family {series.family}"
        case Kind.CAMPAIGN:
            return series.campaign
        case Kind.CAMPAIGN_SEGMENT:
            return f"{series.campaign} in segment {series.segment}"


def change_row(report: DriftReport, change: Change) -> tuple[str, ...]:
    """Returns the cells of CHANGE_COLUMNS; amounts are per 100 customers."""
    before, after = change.difference.before, change.difference.after
    return (
        series_words(change.series),
        change.day.isoformat(),
        _range(change.earliest, change.latest, with_year=_has_years(report)),
        _per_100(before.mean),
        _interval(before),
        _per_100(after.mean),
        _interval(after),
        _per_100(change.predicted_before),
        _per_100(change.predicted_after),
        f"{max(change.p_value, _LEAST_P):.3f}",
    )


def thin_row(report: DriftReport, thin: ThinSeries) -> tuple[str, ...]:
    """Returns the cells of THIN_COLUMNS."""
    further = f"{about(thin.further_decisions)} more decisions"
    if thin.further_customers:
        further += f", {about(thin.further_customers)} more such customers"
    elif not thin.further_decisions:
        further = "more days: on no day there is enough on either side"
    return (
        series_words(thin.series),
        f"{thin.customers:,.0f} of {2 * report.least_customers:,.0f}",
        f"{thin.decisions:,.0f} of {2 * report.least_decisions:,.0f}",
        further,
    )


def columns(report: DriftReport) -> tuple[str, ...]:
    """Returns CHANGE_COLUMNS with the level of the intervals."""
    return tuple([one.replace("95 %", percent(report.level)) for one in CHANGE_COLUMNS])


def _earns(series: Series) -> str:
    if series.kind is Kind.FAMILY:
        return f"Family {series.family} earns"
    return f"{series.campaign} earns" if series.campaign else "All campaigns together earn"


def _numbers(difference: Difference) -> str:
    return f"{_per_100(difference.after.mean)} instead of {_per_100(difference.before.mean)}"


def _place(series: Series) -> str:
    return f" in segment {series.segment}" if series.segment else ""


def _since(report: DriftReport, change: Change) -> str:
    with_year = _has_years(report)
    start = _day(change.day, with_year=with_year)
    if change.earliest != change.latest:
        start = f"about {start} ({_range(change.earliest, change.latest, with_year=with_year)})"
    if change.until is None:
        return f"since {start}"
    return f"from {start} to about {_day(change.until, with_year=with_year)}"


def _has_years(report: DriftReport) -> bool:
    return report.first_day is None or report.last_day is None or report.first_day.year != report.last_day.year


def _range(first: date, last: date, *, with_year: bool) -> str:
    if first == last:
        return _day(first, with_year=with_year)
    is_same_month = (first.year, first.month) == (last.year, last.month)
    start = str(first.day) if is_same_month else _day(first, with_year=with_year and first.year != last.year)
    return f"{start} to {_day(last, with_year=with_year)}"


def _day(day: date, *, with_year: bool) -> str:
    return _dated(day) if with_year else f"{day.day} {_MONTHS[day.month - 1]}"


def _dated(day: date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def _per_100(value: float) -> str:
    return amount(100.0 * value) if math.isfinite(value) else NOTHING


def _interval(size: Size) -> str:
    return between(100.0 * size.interval.low, 100.0 * size.interval.high, amount)
