"""Weeks: Monday to Sunday, in a time zone."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NAME = re.compile(r"(\d{4})-W(\d{1,2})")


@dataclass(frozen=True, slots=True)
class Week:
    """One calendar week (ISO 8601), from Monday 00:00 to the next, local time."""

    monday: date
    time_zone: str

    @property
    def name(self) -> str:
        """Returns its name, such as 2026-W48."""
        year, week, _ = self.monday.isocalendar()
        return f"{year}-W{week:02}"

    @property
    def sunday(self) -> date:
        """Returns its last day."""
        return self.monday + timedelta(days=6)

    @property
    def start_us(self) -> int:
        """Returns its first moment in microseconds since 1970."""
        return _midnight_us(self.monday, self.time_zone)

    @property
    def end_us(self) -> int:
        """Returns the first moment after it; a week in which clocks change is an hour longer or shorter."""
        return _midnight_us(self.monday + timedelta(days=7), self.time_zone)

    @property
    def before(self) -> Week:
        """Returns the week before."""
        return Week(self.monday - timedelta(days=7), self.time_zone)


def week_named(name: str, time_zone: str) -> Week:
    """Returns the week with a name such as 2026-W48.

    Raises:
        ValueError: There is no such week.
    """
    found = _NAME.fullmatch(name)
    with suppress(ValueError):
        if found is not None:
            return Week(date.fromisocalendar(int(found[1]), int(found[2]), 1), time_zone)
    raise ValueError(f"{name!r} is no week: write a year and a week of it, such as 2026-W48")


def last_whole_week(now_us: int, time_zone: str) -> Week:
    """Returns the week that ended last, seen from a moment."""
    today = (_EPOCH + timedelta(microseconds=now_us)).astimezone(ZoneInfo(time_zone)).date()
    return Week(today - timedelta(days=today.weekday() + 7), time_zone)


def _midnight_us(day: date, time_zone: str) -> int:
    midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(time_zone))
    return (midnight - _EPOCH) // timedelta(microseconds=1)
