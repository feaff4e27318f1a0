"""Calendar periods: the day, week or month of a time zone that a moment lies in."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from banditsvc.core.contact_policy import CapacityPeriod
from banditsvc.core.time_zones import local_time, start_of_day_us

Span = tuple[int, int]
"""From a moment up to, not including, another, in microseconds since the epoch."""

FOR_GOOD: Span = (-(1 << 62), 1 << 62)


def period_of(period: CapacityPeriod, time_us: int, zone: ZoneInfo) -> Span:
    """Returns the calendar period around a moment. Periods of a kind follow each other without a gap or overlap."""
    if period is CapacityPeriod.TOTAL:
        return FOR_GOOD
    first = _first_day(period, local_time(time_us, zone).date())
    while True:
        following = _following(period, first)
        span = start_of_day_us(first, zone), start_of_day_us(following, zone)
        if time_us < span[1]:
            return span
        first = following  # clocks put back over midnight show a day again that has ended


def _first_day(period: CapacityPeriod, day: date) -> date:
    if period is CapacityPeriod.WEEK:
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if period is CapacityPeriod.MONTH else day


def _following(period: CapacityPeriod, first: date) -> date:
    if period is CapacityPeriod.WEEK:
        return first + timedelta(days=7)
    if period is CapacityPeriod.MONTH:
        return (first + timedelta(days=31)).replace(day=1)
    return first + timedelta(days=1)
