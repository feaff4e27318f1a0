"""Laws of weeks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from banditsvc.core.times import DAY_US, HOUR_US
from banditsvc.reports.monday.week import Week, last_whole_week, week_named

ZONES = st.sampled_from(["UTC", "Europe/Paris", "America/New_York", "Pacific/Auckland"])


@settings(derandomize=True, max_examples=100, deadline=None)
@given(now=st.datetimes(datetime(1990, 1, 1), datetime(2060, 1, 1)), zone=ZONES)  # noqa: DTZ001  in UTC below
def test_the_last_whole_week_has_just_ended(now: datetime, zone: str) -> None:
    """It ends at or before now, less than a week ago; weeks follow each other without a gap, and have their names."""
    now_us = (now.replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    week = last_whole_week(now_us, zone)

    assert week.end_us <= now_us < Week(week.monday + timedelta(days=7), zone).end_us
    assert week.before.end_us == week.start_us
    assert week == week_named(week.name, zone)


def test_a_week_in_which_clocks_change_is_an_hour_shorter() -> None:
    """Weeks run from local midnight to local midnight."""
    week = Week(date(2026, 3, 23), "Europe/Paris")

    assert 7 * DAY_US - HOUR_US == week.end_us - week.start_us


@pytest.mark.parametrize("name", ["2026-48", "2026-W60", "W48", "2026-W0", ""])
def test_what_is_no_week_is_refused(name: str) -> None:
    """A name that is none gives the form that is one."""
    with pytest.raises(ValueError, match="such as 2026-W48"):
        week_named(name, "UTC")
