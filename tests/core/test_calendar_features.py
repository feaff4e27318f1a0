"""Calendar features of the send time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from banditsvc.core.calendar_features import CalendarFeature, calendar_groups, calendar_key
from banditsvc.core.context import CustomerContext
from banditsvc.core.features import Encoder
from banditsvc.core.portfolio import EncoderSpec
from banditsvc.core.time_zones import zone
from banditsvc.core.times import DAY_US

EVERY = tuple(CalendarFeature)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _us(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("moment", "time_zone", "expected"),
    [
        (datetime(2026, 11, 27, 5, 59, tzinfo=UTC), "UTC", ["friday", "night", "6", "11"]),
        (datetime(2026, 11, 27, 5, 59, tzinfo=UTC), "Europe/Berlin", ["friday", "morning", "6", "11"]),
        (datetime(2026, 12, 31, 23, 30, tzinfo=UTC), "Europe/Berlin", ["friday", "night", "1", "1"]),
        (datetime(2024, 2, 29, 18, 0, tzinfo=UTC), "UTC", ["thursday", "evening", "6", "2"]),
        (datetime(2026, 7, 5, 12, 0, tzinfo=UTC), "UTC", ["sunday", "afternoon", "1", "7"]),
    ],
)
def test_clocks_of_the_zone_tell(moment: datetime, time_zone: str, expected: list[str]) -> None:
    """Weekday, part of day, part of month and month are those that a calendar of the time zone shows."""
    kinds = EVERY[:4]
    found = calendar_groups(kinds, _us(moment), zone(time_zone))

    assert {
        calendar_key(one): [(f"{calendar_key(one)}={text}", 1.0)] for one, text in zip(kinds, expected, strict=True)
    } == found


@given(st.integers(0, 40_000))
@settings(max_examples=200, deadline=None)
def test_a_season_has_no_break(day: int) -> None:
    """The shares of the knots are from 0 to 1, add up to 1, and change by little from one day to the next, new year included."""
    key = calendar_key(CalendarFeature.SEASON)
    today, tomorrow = (
        dict(calendar_groups((CalendarFeature.SEASON,), place * DAY_US, zone("UTC"))[key]) for place in (day, day + 1)
    )

    assert all(0.0 <= share <= 1.0 for share in today.values())
    assert sum(today.values()) == pytest.approx(1.0)
    assert max(abs(today.get(knot, 0.0) - tomorrow.get(knot, 0.0)) for knot in today | tomorrow) < 2.5 * 8 / 365


def test_calendar_features_are_crossed_by_their_names() -> None:
    """A cross names a calendar feature where the spec has it, and a further feature of that name where not."""
    context = CustomerContext(segment="gold", features={"day_of_week": "mine"})
    with_calendar = EncoderSpec(calendar_features=(CalendarFeature.DAY_OF_WEEK,), crosses=(("segment", "day_of_week"),))
    names, further = (
        dict(Encoder(spec).context_names(context, send_time_us=3 * DAY_US))
        for spec in (with_calendar, EncoderSpec(crosses=(("segment", "day_of_week"),)))
    )

    assert "12*segment=gold*calendar#day_of_week=sunday" in names
    assert "day_of_week=mine" in names
    assert "12*segment=gold*day_of_week=mine" in further
    assert not any(name.startswith("calendar#") for name in further)


def test_without_calendar_features_times_change_nothing() -> None:
    """By default the send time is no feature."""
    encoder = Encoder(EncoderSpec())

    assert encoder.context(CustomerContext()) == encoder.context(CustomerContext(), send_time_us=5 * DAY_US)
