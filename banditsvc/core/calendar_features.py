"""Calendar features: what clocks and calendars of a time zone show when a campaign goes out."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from zoneinfo import ZoneInfo

from banditsvc.core.time_zones import local_time

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_PARTS_OF_DAY = ("night", "morning", "afternoon", "evening")
"""Six hours each, from midnight on."""
_DAYS_OF_PART = 5
"""Of a month: payday is in the last part or the first, of which the last has up to 6 days."""
_YEAR_DAYS = 366.0
_KNOTS = 8
"""Of the season: 46 days apart."""


class CalendarFeature(IntEnum):
    """What is made of the send time."""

    DAY_OF_WEEK = 1
    """Monday to Sunday."""
    PART_OF_DAY = 2
    """Night, morning, afternoon, evening: six hours each, from midnight on."""
    PART_OF_MONTH = 3
    """Days 1 to 5, 6 to 10, and so on; the last is 26 to the end."""
    MONTH = 4
    """January to December."""
    SEASON = 5
    """The day of the year, between eight knots: neighbouring weeks are alike, and the new year is no break. Shares, not sine
    and cosine: who learns how sure it is needs values that are not below 0."""


def calendar_key(feature: CalendarFeature) -> str:
    """Returns the name of a calendar feature's group; no further feature has one with that sign."""
    return f"calendar#{feature.name.lower()}"


def calendar_groups(
    features: Sequence[CalendarFeature], time_us: int, in_zone: ZoneInfo
) -> dict[str, list[tuple[str, float]]]:
    """Returns the named features of a send time, by group.

    They are `calendar#day_of_week=monday`, `calendar#part_of_day=night`, `calendar#part_of_month=1` to `6`,
    `calendar#month=1` to `12`, each of value 1, and `calendar#season=0` to `7`, two of which share the value 1.
    """
    local = local_time(time_us, in_zone)
    groups: dict[str, list[tuple[str, float]]] = {}
    for feature in features:
        key = calendar_key(feature)
        if feature is CalendarFeature.SEASON:
            groups[key] = _season(key, local.timetuple().tm_yday)
            continue
        match feature:
            case CalendarFeature.DAY_OF_WEEK:
                value = _DAYS[local.weekday()]
            case CalendarFeature.PART_OF_DAY:
                value = _PARTS_OF_DAY[local.hour // 6]
            case CalendarFeature.PART_OF_MONTH:
                value = str(min((local.day - 1) // _DAYS_OF_PART, 5) + 1)
            case CalendarFeature.MONTH:
                value = str(local.month)
        groups[key] = [(f"{key}={value}", 1.0)]
    return groups


def _season(key: str, day_of_year: int) -> list[tuple[str, float]]:
    """Returns the two knots around a day of the year, each with its share: the nearer, the greater."""
    place = (day_of_year - 1) / _YEAR_DAYS * _KNOTS
    first = int(place)
    later = round(place - first, 6)
    return [(f"{key}={first}", 1.0 - later), (f"{key}={(first + 1) % _KNOTS}", later)]
