"""Laws of time zones: IANA names and nothing else, and days that start once."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from banditsvc.core.calendar_periods import FOR_GOOD, period_of
from banditsvc.core.contact_policy import CapacityPeriod
from banditsvc.core.time_zones import is_time_zone, local_time, start_of_day_us, zone
from banditsvc.core.times import HOUR_US
from tests.core.local_times import at

ZONES = [
    "UTC",
    "Europe/Berlin",
    "America/St_Johns",
    "America/Havana",
    "America/Sao_Paulo",
    "Pacific/Apia",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
]
CALENDAR = [CapacityPeriod.DAY, CapacityPeriod.WEEK, CapacityPeriod.MONTH]
MOMENTS = st.integers(min_value=at("1985-01-01T00:00"), max_value=at("2040-01-01T00:00"))


@pytest.mark.parametrize("name", [*ZONES, "Etc/GMT+5", "GMT", "America/Argentina/Buenos_Aires", "EST5EDT"])
def test_a_name_is_a_zone(name: str) -> None:
    """An IANA name is a time zone, and the same value each time."""
    assert is_time_zone(name)
    assert name == zone(name).key
    assert zone(name) is zone(name)


@pytest.mark.parametrize(
    "name",
    [
        *("", "Europe", "Europe/Nowhere", "Mars/Olympus", "Europe/Berlin/", "/Europe/Berlin", "../zoneinfo/UTC"),
        *("/etc/localtime", "Europe/../UTC", "./UTC", "posix/UTC", "right/UTC", "localtime", "posixrules", "Factory"),
        *(
            "zone.tab",
            "tzdata.zi",
            "leapseconds",
            "Europe\\Berlin",
            "Europe/Berlin\n",
            "Europe/Berl\u00edn",
            "A" * 5000,
        ),
        *("\0", "Europe/\ud800"),
    ],
)
def test_what_is_no_name_is_refused(name: str) -> None:
    """Paths, folders, other files, unknown and unprintable names are no time zones."""
    assert not is_time_zone(name)
    with pytest.raises(ValueError, match="no such time zone"):
        zone(name)


def test_a_day_starts_at_its_first_moment() -> None:
    """A day starts when clocks first show it, also where they show midnight twice, or never."""
    berlin, havana, sao_paulo = zone("Europe/Berlin"), zone("America/Havana"), zone("America/Sao_Paulo")
    assert at("2026-03-28T23:00") == start_of_day_us(date(2026, 3, 29), berlin)
    assert at("2026-03-29T22:00") == start_of_day_us(date(2026, 3, 30), berlin)
    assert at("2026-11-01T04:00") == start_of_day_us(date(2026, 11, 1), havana)
    assert at("2018-11-04T03:00") == start_of_day_us(date(2018, 11, 4), sao_paulo)
    assert 1 == local_time(at("2018-11-04T03:00"), sao_paulo).hour


def test_periods_have_the_lengths_of_the_calendar() -> None:
    """A day may have 23 or 25 hours, a week starts on Monday, a month has its own number of days."""
    berlin = zone("Europe/Berlin")
    spring = period_of(CapacityPeriod.DAY, at("2026-03-29T10:00"), berlin)
    autumn = period_of(CapacityPeriod.DAY, at("2026-10-25T10:00"), berlin)
    assert [23 * HOUR_US, 25 * HOUR_US] == [end - start for start, end in (spring, autumn)]
    week = period_of(CapacityPeriod.WEEK, at("2026-11-22T22:59"), berlin)
    assert (at("2026-11-15T23:00"), at("2026-11-22T23:00")) == week
    month = period_of(CapacityPeriod.MONTH, at("2026-12-31T22:59"), berlin)
    assert (at("2026-11-30T23:00"), at("2026-12-31T23:00")) == month
    assert FOR_GOOD == period_of(CapacityPeriod.TOTAL, 0, berlin)


@given(name=st.sampled_from(ZONES), kind=st.sampled_from(CALENDAR), time_us=MOMENTS)
@settings(derandomize=True, deadline=None, max_examples=300)
def test_periods_leave_nothing_out(name: str, kind: CapacityPeriod, time_us: int) -> None:
    """Each moment lies in its period, all of a period's moments say so, and the next period starts where it ends."""
    start, end = period_of(kind, time_us, zone(name))
    assert start <= time_us < end
    assert (start, end) == period_of(kind, start, zone(name))
    assert (start, end) == period_of(kind, end - 1, zone(name))
    assert end == period_of(kind, end, zone(name))[0]


def test_a_moment_shown_again_belongs_to_the_day_that_ran() -> None:
    """Where clocks go back over midnight the hour shown again lies in the day that had started."""
    st_johns = zone("America/St_Johns")
    start = start_of_day_us(date(2010, 11, 7), st_johns)
    shown_again = start + HOUR_US // 2
    assert date(2010, 11, 6) == local_time(shown_again, st_johns).date()
    assert start == period_of(CapacityPeriod.DAY, shown_again, st_johns)[0]
    assert timedelta(hours=25) == timedelta(microseconds=start_of_day_us(date(2010, 11, 8), st_johns) - start)
