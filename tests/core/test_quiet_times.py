"""Laws of quiet times: what local clocks show decides, and a span belongs to the day on which it starts."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from banditsvc.core.campaign import CampaignType
from banditsvc.core.campaign_labels import CampaignLabels
from banditsvc.core.contact_policy import ContactPolicy, QuietTime
from banditsvc.core.quiet_times import QuietTimes
from banditsvc.core.rejection import FunnelStage, Rejection
from banditsvc.core.time_zones import local_time, zone
from banditsvc.core.times import DAY_US
from tests.core.local_times import at

NIGHT = QuietTime(name="night", start=time(21), end=time(8))
LUNCH = QuietTime(name="lunch", start=time(12), end=time(13, 30))
WEEKEND = QuietTime(name="weekend", days=(6, 7))
MORNING_TO_MORNING = QuietTime(name="friday", days=(5,), start=time(9), end=time(9))
HOLIDAYS = QuietTime(name="holidays", first_date=date(2026, 12, 24), last_date=date(2026, 12, 26))


def is_quiet(quiet: QuietTime, text: str, zone_name: str = "Europe/Berlin") -> bool:
    """Returns whether a quiet time holds at a local time."""
    times = QuietTimes([ContactPolicy(quiet_times=(quiet,))])
    return frozenset({0}) == times.quiet_at(at(text, zone_name), zone(zone_name))


@pytest.mark.parametrize(
    ("quiet", "loud", "held"),
    [
        (NIGHT, ["2026-11-20T08:00", "2026-11-20T20:59:59.999999"], ["2026-11-20T21:00", "2026-11-21T07:59:59.999999"]),
        (LUNCH, ["2026-11-20T11:59", "2026-11-20T13:30"], ["2026-11-20T12:00", "2026-11-20T13:29"]),
        (WEEKEND, ["2026-11-20T23:59", "2026-11-23T00:00"], ["2026-11-21T00:00", "2026-11-22T23:59"]),
        (MORNING_TO_MORNING, ["2026-11-20T08:59", "2026-11-21T09:00"], ["2026-11-20T09:00", "2026-11-21T08:59"]),
        (HOLIDAYS, ["2026-12-23T23:59", "2026-12-27T00:00"], ["2026-12-24T00:00", "2026-12-26T23:59"]),
    ],
)
def test_quiet_times_end_before_their_end(quiet: QuietTime, loud: list[str], held: list[str]) -> None:
    """It is quiet from the start on and loud again at the end, to the microsecond."""
    assert [False] * len(loud) == [is_quiet(quiet, text) for text in loud]
    assert [True] * len(held) == [is_quiet(quiet, text) for text in held]


def test_a_night_belongs_to_the_day_on_which_it_starts() -> None:
    """Days and dates select the start: Friday's night goes on into Saturday, and there is none before Friday's dawn."""
    friday = QuietTime(name="x", days=(5,), start=time(21), end=time(8))
    assert [False, True, True, False] == [
        is_quiet(friday, text)
        for text in ("2026-11-20T05:00", "2026-11-20T22:00", "2026-11-21T05:00", "2026-11-21T22:00")
    ]
    last = QuietTime(name="x", start=time(21), end=time(8), first_date=date(2026, 12, 24), last_date=date(2026, 12, 24))
    assert [False, True, True, False] == [
        is_quiet(last, text)
        for text in ("2026-12-24T05:00", "2026-12-24T22:00", "2026-12-25T05:00", "2026-12-25T22:00")
    ]


def test_open_ends_are_midnight() -> None:
    """Without a start it is quiet from midnight, without an end up to midnight."""
    assert [True, False] == [is_quiet(QuietTime(name="x", end=time(8)), f"2026-11-20T{t}") for t in ("00:00", "08:00")]
    evening = QuietTime(name="x", start=time(21))
    assert [False, True, False] == [
        is_quiet(evening, text) for text in ("2026-11-20T20:59", "2026-11-20T23:59", "2026-11-21T00:00")
    ]


def test_clocks_decide_where_they_are_changed() -> None:
    """Quiet hours follow the clocks: the hour shown twice is quiet twice, the one left out never is."""
    early = QuietTime(name="x", start=time(2), end=time(3))
    times = QuietTimes([ContactPolicy(quiet_times=(early,))])
    berlin = zone("Europe/Berlin")
    autumn = [f"2026-10-25T{t}" for t in ("23:59", "00:00", "00:59", "01:00", "01:59", "02:00")]
    autumn[0] = "2026-10-24T23:59"
    assert [False, True, True, True, True, False] == [bool(times.quiet_at(at(text), berlin)) for text in autumn]
    spring = [at("2026-03-29T00:00") + minutes * 60_000_000 for minutes in range(180)]
    assert not any(times.quiet_at(time_us, berlin) for time_us in spring)


def test_it_is_the_customers_night() -> None:
    """The same moment is quiet in one zone and not in another."""
    assert is_quiet(NIGHT, "2026-11-20T22:00", "Asia/Tokyo")
    times = QuietTimes([ContactPolicy(quiet_times=(NIGHT,))])
    assert not times.quiet_at(at("2026-11-20T22:00", "Asia/Tokyo"), zone("Europe/Berlin"))


def test_a_rejection_names_the_first_quiet_time_of_the_channel() -> None:
    """The organization's quiet times come first, those of other channels and transactional campaigns do not meet."""
    sms_night = QuietTime(name="sms night", channels=("sms",), start=time(20), end=time(9))
    times = QuietTimes([ContactPolicy(quiet_times=(sms_night,)), ContactPolicy(quiet_times=(NIGHT, LUNCH))])
    quiet = times.quiet_at(at("2026-11-20T21:30"), zone("UTC"))
    assert frozenset({0, 1}) == quiet
    sms = times.rejection(CampaignLabels(campaign_id="a", channel="sms"), quiet)
    words = "quiet from 20:00 to 09:00 local time for channel sms"
    assert Rejection("a", FunnelStage.VALIDITY, "sms night", words) == sms
    for channel in ("email", ""):
        rejection = times.rejection(CampaignLabels(campaign_id="a", channel=channel), quiet)
        assert Rejection("a", FunnelStage.VALIDITY, "night", "quiet from 21:00 to 08:00 local time") == rejection
    exempt = CampaignLabels(campaign_id="a", channel="sms", type=int(CampaignType.TRANSACTIONAL))
    assert times.rejection(exempt, quiet) is None
    assert times.rejection(CampaignLabels(campaign_id="a", channel="email"), frozenset({0})) is None


def test_no_quiet_times_are_empty() -> None:
    """Policies without quiet times are never quiet."""
    none = QuietTimes([ContactPolicy(), ContactPolicy()])
    assert none.is_empty
    assert not none.quiet_at(0, zone("UTC"))
    assert not QuietTimes([ContactPolicy(quiet_times=(NIGHT,))]).is_empty


@given(
    days=st.sets(st.integers(1, 7)),
    start=st.integers(0, 47),
    end=st.integers(0, 47),
    first=st.integers(0, 9),
    last=st.integers(0, 9),
    offset=st.integers(-2 * DAY_US, 12 * DAY_US),
)
@settings(derandomize=True, deadline=None, max_examples=300)
def test_quiet_is_what_some_start_covers(
    days: set[int], start: int, end: int, first: int, last: int, offset: int
) -> None:
    """It is quiet exactly when some selected day's span, laid out on the local clock, covers the moment."""
    origin = datetime(2026, 10, 20, tzinfo=UTC).replace(tzinfo=None)
    clock = [time(half // 2, 30 * (half % 2)) for half in (start, end)]
    quiet = QuietTime(
        name="x",
        days=tuple(days),
        start=clock[0],
        end=clock[1],
        first_date=(origin + timedelta(days=first)).date(),
        last_date=(origin + timedelta(days=last)).date(),
    )
    time_us = at("2026-10-20T00:00") + offset
    local = local_time(time_us, zone("Europe/Berlin")).replace(tzinfo=None)
    length = timedelta(minutes=30 * ((end - start) % 48 or 48))
    spans = [origin + timedelta(days=day, minutes=30 * start) for day in range(first, last + 1)]
    expected = any(s <= local < s + length for s in spans if not days or s.isoweekday() in days)
    assert expected == bool(QuietTimes([ContactPolicy(quiet_times=(quiet,))]).quiet_at(time_us, zone("Europe/Berlin")))
