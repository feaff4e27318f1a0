"""Laws of the capacity ledger: it counts like the log, it never drifts, and its version tells when to ask again."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from banditsvc.core.calendar_periods import FOR_GOOD, period_of
from banditsvc.core.campaign_labels import CampaignLabels
from banditsvc.core.capacity_ledger import CapacityLedger
from banditsvc.core.contact import Contact
from banditsvc.core.contact_policy import CampaignSelector, Capacity, CapacityPeriod, ContactScope
from banditsvc.core.time_zones import zone
from banditsvc.core.times import DAY_US, HOUR_US
from tests.core.limited_contacts import counted_apart
from tests.core.local_times import at

BERLIN = zone("Europe/Berlin")
NOON = at("2026-11-20T12:00", "Europe/Berlin")
FREE = CampaignLabels(campaign_id="free", type=1, channel="email", family="mass")
CHEAP = CampaignLabels(campaign_id="cheap", type=2, channel="email", family="mass", cost=0.1)
DEAR = CampaignLabels(campaign_id="dear", type=1, channel="sms", cost=0.7)
CAMPAIGNS = (FREE, CHEAP, DEAR)
TIMES = [NOON, NOON + HOUR_US, NOON + 12 * HOUR_US, NOON + 5 * DAY_US, NOON + 30 * DAY_US]


@dataclass(frozen=True, slots=True)
class Added:
    """Contacts of a log."""

    labels: CampaignLabels
    count: int


def contact(labels: CampaignLabels, time_us: int = NOON) -> Contact:
    """Returns a contact of some customer."""
    return Contact(organization_id="o", portfolio_id="p", customer_id="c", campaign=labels, contact_time_us=time_us)


def ledger(*capacities: Capacity, times: Sequence[int] = TIMES) -> CapacityLedger:
    """Returns a ledger of an empty log."""
    made = CapacityLedger(capacities, BERLIN)
    for time_us in times:
        for start, end in made.periods(time_us):
            made.load(start, end, [])
    return made


def answers(held: CapacityLedger, time_us: int) -> list[str | None]:
    """Returns what is exhausted for each campaign."""
    return [held.exhausted(labels, time_us) for labels in CAMPAIGNS]


def recount(
    capacity: Capacity, contacts: Sequence[Contact], labels: CampaignLabels, time_us: int
) -> tuple[int, Decimal]:
    """Returns contacts and cost so far where one more would be counted, from scratch."""
    start, end = period_of(capacity.period, time_us, BERLIN)
    alike = [
        each
        for each in contacts
        if start <= each.contact_time_us < end
        and counted_apart(capacity, each.campaign) == counted_apart(capacity, labels)
    ]
    return len(alike), sum((Decimal(str(each.campaign.cost)) for each in alike), Decimal(0))


def expected(
    capacities: Sequence[Capacity], contacts: Sequence[Contact], labels: CampaignLabels, time_us: int
) -> str | None:
    """Returns what exhausted must answer."""
    for capacity in capacities:
        if counted_apart(capacity, labels) is None:
            continue
        count, cost = recount(capacity, contacts, labels, time_us)
        if capacity.max_contacts is not None and count + 1 > capacity.max_contacts:
            return capacity.name
        if capacity.max_cost is not None and cost + Decimal(str(labels.cost)) > Decimal(str(capacity.max_cost)):
            return capacity.name
    return None


CAPACITY = st.builds(
    Capacity,
    name=st.sampled_from(["a", "b", "c"]),
    campaigns=st.sampled_from(
        [CampaignSelector(), CampaignSelector(types=(1,)), CampaignSelector(channels=("email",))]
    ),
    per=st.sampled_from(ContactScope),
    max_contacts=st.none() | st.integers(1, 4),
    max_cost=st.none() | st.sampled_from([0.05, 0.3, 0.7, 0.8, 2.1]),
    period=st.sampled_from(CapacityPeriod),
)
MOVES = st.lists(
    st.tuples(st.booleans(), st.sampled_from(CAMPAIGNS), st.sampled_from(TIMES), st.integers(0, 50)), max_size=25
)


@given(capacities=st.lists(CAPACITY, min_size=1, max_size=3), moves=MOVES)
@settings(derandomize=True, deadline=None, max_examples=150)
def test_it_counts_like_a_recount_and_never_above(
    capacities: list[Capacity], moves: list[tuple[bool, CampaignLabels, int, int]]
) -> None:
    """After whatever was taken and given back it answers like a recount, and who obeys it never goes above a limit."""
    held = ledger(*capacities)
    standing: list[Contact] = []
    told: dict[tuple[int, Hashable], list[str | None]] = {}
    for is_return, labels, time_us, pick in moves:
        before = {each: answers(held, each) for each in TIMES}
        if is_return and standing:
            held.give_back(standing.pop(pick % len(standing)))
        elif held.exhausted(labels, time_us) is None:
            is_less = held.take(contact(labels, time_us))
            standing.append(contact(labels, time_us))
            closed = any(
                b is None and a is not None for t in TIMES for b, a in zip(before[t], answers(held, t), strict=True)
            )
            assert is_less or not closed
        for each in TIMES:
            assert [expected(capacities, standing, c, each) for c in CAMPAIGNS] == answers(held, each)
            assert answers(held, each) == told.setdefault((each, held.version(each)), answers(held, each))
    for capacity in capacities:
        for one in standing:
            if counted_apart(capacity, one.campaign) is not None:
                count, cost = recount(capacity, standing, one.campaign, one.contact_time_us)
                assert capacity.max_contacts is None or count <= capacity.max_contacts
                assert capacity.max_cost is None or cost <= Decimal(str(capacity.max_cost))


def test_a_loaded_log_counts_like_taken_contacts() -> None:
    """Loading what the log has of a period answers like taking its contacts one by one, and replaces what was there."""
    capacity = Capacity(name="x", per=ContactScope.CHANNEL, max_contacts=3, max_cost=1.0, period=CapacityPeriod.DAY)
    taken, loaded = ledger(capacity), ledger(capacity)
    for labels in (FREE, CHEAP, CHEAP, DEAR):
        taken.take(contact(labels))
    day = period_of(CapacityPeriod.DAY, NOON, BERLIN)
    tallies = [Added(FREE, 1), Added(CHEAP, 2), Added(DEAR, 1)]
    for _ in range(2):
        loaded.load(*day, tallies)
        assert ["x", "x", "x"] == answers(taken, NOON) == answers(loaded, NOON)
    loaded.give_back(contact(CHEAP))
    assert [None, None, "x"] == answers(loaded, NOON)


def test_sums_of_costs_do_not_drift() -> None:
    """Ten times 0.1 is 1, and whatever was taken and given back leaves what was there."""
    held = ledger(Capacity(name="x", max_cost=1.0))
    for _ in range(10):
        assert held.exhausted(CHEAP, NOON) is None
        held.take(contact(CHEAP))
    assert [None, "x", "x"] == answers(held, NOON)
    for _ in range(1000):
        held.give_back(contact(CHEAP))
        assert held.exhausted(CHEAP, NOON) is None
        held.take(contact(CHEAP))
    assert "x" == held.exhausted(CHEAP, NOON)
    held.load(*FOR_GOOD, [Added(CHEAP, 10)])
    assert "x" == held.exhausted(replace(CHEAP, cost=1e-9), NOON)


@given(st.floats(1e-12, 10.0, allow_nan=False), st.integers(1, 2000))
@settings(derandomize=True, deadline=None, max_examples=50)
def test_a_budget_read_anew_is_what_it_was(cost: float, count: int) -> None:
    """However many decimals a cost has, contacts that are loaded leave as much as the same contacts that were taken."""
    labels = replace(CHEAP, cost=cost)
    taken, loaded = (ledger(Capacity(name="x", max_cost=cost * count)) for _ in "ab")
    for _ in range(count - 1):
        taken.take(contact(labels))
    loaded.load(*FOR_GOOD, [Added(labels, count - 1)])
    probes = [replace(CHEAP, cost=max(0.0, cost + extra * 1e-9)) for extra in range(-3, 4)]
    assert [taken.exhausted(each, NOON) for each in probes] == [loaded.exhausted(each, NOON) for each in probes]


def test_a_commit_is_counted_once_in_each_period() -> None:
    """What was committed at a position of the log moves only in periods that were read before that position."""
    held = CapacityLedger([Capacity(name="x", max_contacts=2, period=CapacityPeriod.DAY)], BERLIN)
    later = NOON + 5 * DAY_US
    for time_us, position in ((NOON, 4), (later, 7)):
        held.load(*period_of(CapacityPeriod.DAY, time_us, BERLIN), [Added(FREE, 1)], position)
    assert [True, False] == [held.take(contact(FREE, time_us), 7) for time_us in (NOON, later)]
    assert ["x", None] == [held.exhausted(FREE, time_us) for time_us in (NOON, later)]
    assert held.take(contact(FREE, later), 8)
    held.give_back(contact(FREE, NOON), 5)
    assert [None, "x"] == [held.exhausted(FREE, time_us) for time_us in (NOON, later)]


@given(capacities=st.lists(CAPACITY, min_size=1, max_size=3), moves=MOVES)
@settings(derandomize=True, deadline=None, max_examples=50)
def test_rooms_are_what_is_left(capacities: list[Capacity], moves: list[tuple[bool, CampaignLabels, int, int]]) -> None:
    """The first room without space for a campaign is of the capacity that is exhausted for it."""
    held = ledger(*capacities)
    for _, labels, time_us, _ in moves:
        held.take(contact(labels, time_us))
    for time_us in TIMES:
        rooms = held.rooms(CAMPAIGNS, time_us)
        closed = [
            next((room.name for room in rooms if room.left < room.units.get(labels.campaign_id, room.left)), None)
            for labels in CAMPAIGNS
        ]
        assert answers(held, time_us) == closed


def test_a_budget_is_exhausted_for_who_costs_too_much() -> None:
    """What is left of a budget goes to campaigns that it still pays for."""
    held = ledger(Capacity(name="x", max_cost=0.8))
    assert [None, None, None] == answers(held, NOON)
    assert not ledger(Capacity(name="x", max_cost=9.0)).take(contact(DEAR))
    assert held.take(contact(CHEAP)) is False
    assert held.take(contact(CHEAP)) is True
    assert [None, None, "x"] == answers(held, NOON)


def test_taking_tells_of_any_pool_that_it_closes() -> None:
    """A contact closes the door to somebody where any of the capacities that it counts in has no more room."""
    held = ledger(Capacity(name="x", max_contacts=1, per=ContactScope.CHANNEL), Capacity(name="y", max_contacts=5))
    assert [True, True, False, False, True] == [held.take(contact(each)) for each in (FREE, DEAR, FREE, FREE, DEAR)]
    assert ["x", "x", "x"] == answers(held, NOON)


def test_the_version_stays_while_no_answer_changes() -> None:
    """Taking changes the version only where somebody's answer does, and only for the times that share the period."""
    held = ledger(Capacity(name="x", max_contacts=1000, max_cost=101.0, period=CapacityPeriod.DAY))
    answers(held, NOON)
    before, other = held.version(NOON), held.version(NOON + 5 * DAY_US)
    for _ in range(999):
        assert not held.take(contact(CHEAP))
    assert before == held.version(NOON)
    assert held.take(contact(FREE))
    assert before != held.version(NOON)
    assert other == held.version(NOON + 5 * DAY_US)
    full = held.version(NOON)
    held.give_back(contact(FREE))
    assert full != held.version(NOON)
    assert before != held.version(NOON)


def test_many_costs_are_told_apart() -> None:
    """With thousands of different costs every answer that changes still changes the version."""
    held = ledger(Capacity(name="x", max_cost=60.0))
    campaigns = [CampaignLabels(campaign_id="inline", cost=each / 100) for each in range(1, 3000)]
    assert not any(held.exhausted(labels, NOON) for labels in campaigns)
    told: dict[Hashable, list[str | None]] = {}
    for labels in campaigns[1000:1006]:
        held.take(contact(labels))
        told[held.version(NOON)] = [held.exhausted(each, NOON) for each in campaigns]
    assert 6 == len(told)
    assert any(told[held.version(NOON)])


def test_nothing_has_room_in_a_period_that_is_not_loaded() -> None:
    """Until its period is loaded a capacity is exhausted, contacts are ignored, and loading changes the version."""
    held = CapacityLedger(
        [
            Capacity(name="month", campaigns=CampaignSelector(types=(1,)), max_contacts=1, period=CapacityPeriod.MONTH),
            Capacity(name="ever", max_contacts=2),
        ],
        BERLIN,
    )
    month = period_of(CapacityPeriod.MONTH, NOON, BERLIN)
    assert {month, FOR_GOOD} == set(held.periods(NOON))
    assert ["month", "ever", "month"] == answers(held, NOON)
    assert not held.take(contact(FREE))
    unloaded = held.version(NOON)
    held.load(*FOR_GOOD, [Added(FREE, 1)])
    assert not held.is_loaded(NOON)
    assert [month] == list(held.periods(NOON))
    assert ["month", None, "month"] == answers(held, NOON)
    held.load(*month, [])
    assert held.is_loaded(NOON)
    assert [None, None, None] == answers(held, NOON)
    assert unloaded != held.version(NOON)
    assert not held.is_loaded(month[1])


def test_only_calendar_periods_are_loaded() -> None:
    """A span that is no day, week or month of the zone, or none that a capacity has, is refused."""
    held = CapacityLedger([Capacity(name="x", max_contacts=1, period=CapacityPeriod.DAY)], BERLIN)
    start, end = period_of(CapacityPeriod.DAY, NOON, BERLIN)
    for span in ((start, end + 1), (start + 1, end), FOR_GOOD, period_of(CapacityPeriod.WEEK, NOON, BERLIN)):
        with pytest.raises(ValueError, match="no calendar period"):
            held.load(*span, [])


def test_old_periods_give_way() -> None:
    """Of very many periods the one loaded first is forgotten, and is asked for again."""
    capacity = Capacity(name="x", max_contacts=1, period=CapacityPeriod.DAY)
    held = ledger(capacity, times=[NOON + day * DAY_US for day in range(1000)])
    for time_us in (NOON, NOON - DAY_US):
        held.load(*period_of(CapacityPeriod.DAY, time_us, BERLIN), [])
    assert [True, True, False, True] == [held.is_loaded(NOON + day * DAY_US) for day in (-1, 0, 1, 2)]
    assert "x" == held.exhausted(FREE, NOON + DAY_US)


def test_no_capacities_limit_nothing() -> None:
    """Without capacities there is nothing to load, room for all, and one version."""
    held = CapacityLedger([], BERLIN)
    assert held.is_empty
    assert held.is_loaded(NOON)
    assert held.exhausted(DEAR, NOON) is None
    assert not held.take(contact(DEAR))
    assert held.version(0) == held.version(NOON)
    assert not ledger(Capacity(name="x", max_contacts=1)).is_empty


def test_periods_follow_the_zones_calendar() -> None:
    """A new local day has new room, also where its midnight is another day elsewhere."""
    held = ledger(Capacity(name="x", max_contacts=1, period=CapacityPeriod.DAY))
    midnight = at("2026-11-21T00:00", "Europe/Berlin")
    held.take(contact(FREE, midnight - 1))
    assert "x" == held.exhausted(FREE, NOON)
    assert held.exhausted(FREE, midnight) is None
