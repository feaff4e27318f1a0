"""Laws of contact limits: sliding windows, gaps and exclusions hold in every order of arrival and refuse no more."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from banditsvc.core.campaign_labels import CampaignLabels
from banditsvc.core.contact import Contact
from banditsvc.core.contact_limits import ContactLimits
from banditsvc.core.contact_policy import (
    CampaignSelector,
    ContactCap,
    ContactExclusion,
    ContactPolicy,
    ContactScope,
)
from banditsvc.core.rejection import FunnelStage, Rejection
from banditsvc.core.times import DAY_US, HOUR_US
from tests.core.limited_contacts import (
    ARRIVALS,
    CARE,
    NEWS,
    NONE,
    RECEIPT,
    SALE,
    TIMES,
    contact,
    counted_apart,
    is_refused,
    limits,
)

CAP = st.builds(
    ContactCap,
    name=st.just("cap"),
    campaigns=st.sampled_from([CampaignSelector(), CampaignSelector(types=(1,)), CampaignSelector(families=("mass",))]),
    per=st.sampled_from(ContactScope),
    max_contacts=st.integers(1, 4),
    window_us=st.integers(1, 12),
    min_gap_us=st.none() | st.integers(1, 6),
)


def breaks_cap(cap: ContactCap, times: list[int], added: int) -> bool:
    """Returns whether a span around the added time holds too many, or another time is too near: by trying all."""
    assert cap.window_us is not None
    assert cap.max_contacts is not None
    for start in range(added - cap.window_us + 1, added + 1):
        if sum(start <= each < start + cap.window_us for each in [*times, added]) > cap.max_contacts:
            return True
    return cap.min_gap_us is not None and any(abs(each - added) < cap.min_gap_us for each in times)


@given(caps=st.lists(CAP, min_size=1, max_size=3), arrivals=ARRIVALS)
@settings(derandomize=True, deadline=None, max_examples=300)
def test_a_contact_is_refused_exactly_when_it_would_break_a_cap(
    caps: list[ContactCap], arrivals: list[tuple[CampaignLabels, int]]
) -> None:
    """Whatever comes in whatever order, no span ever holds too many, and what would break nothing is accepted."""
    held = limits(*caps)
    accepted: list[Contact] = []
    for labels, time_us in arrivals:
        expected = any(
            counted_apart(cap, labels) is not None
            and breaks_cap(
                cap,
                [
                    each.contact_time_us
                    for each in accepted
                    if counted_apart(cap, each.campaign) == counted_apart(cap, labels)
                ],
                time_us,
            )
            for cap in caps
        )
        assert expected == is_refused(held, labels, time_us, *accepted)
        if not expected:
            accepted.append(contact(labels, time_us))


@given(cap=CAP, arrivals=ARRIVALS, added=TIMES)
@settings(derandomize=True, deadline=None, max_examples=300)
def test_an_old_breach_elsewhere_refuses_nothing(
    cap: ContactCap, arrivals: list[tuple[CampaignLabels, int]], added: int
) -> None:
    """Where contacts already break a cap, a contact is refused only by a span that it lies in itself."""
    contacts = [contact(labels, time_us) for labels, time_us in arrivals]
    alike = [c.contact_time_us for c in contacts if counted_apart(cap, c.campaign) == counted_apart(cap, NEWS)]
    expected = counted_apart(cap, NEWS) is not None and breaks_cap(cap, alike, added)
    assert expected == is_refused(limits(cap), NEWS, added, *contacts)


def test_windows_and_gaps_are_exact_at_the_edge() -> None:
    """Contacts a window or a gap apart stand together, a microsecond less and they do not."""
    window = limits(ContactCap(name="x", max_contacts=1, window_us=7 * DAY_US))
    gap = limits(ContactCap(name="x", min_gap_us=DAY_US))
    for held, span in ((window, 7 * DAY_US), (gap, DAY_US)):
        for sign in (-1, 1):
            assert not is_refused(held, NEWS, 0, contact(NEWS, sign * span))
            assert is_refused(held, NEWS, 0, contact(NEWS, sign * (span - 1)))
    three = limits(ContactCap(name="x", max_contacts=2, window_us=10))
    assert is_refused(three, NEWS, 5, contact(NEWS, 0), contact(NEWS, 9))
    assert not is_refused(three, NEWS, 5, contact(NEWS, 0), contact(NEWS, 10))


def test_transactional_campaigns_are_exempt_and_do_not_count() -> None:
    """Transactional campaigns have no keys, and no number of them refuses another."""
    held = limits(ContactCap(name="x", max_contacts=1, window_us=DAY_US))
    assert () == held.keys_of(RECEIPT)
    assert not is_refused(held, NEWS, 0, *[contact(RECEIPT, 0)] * 5)


def test_contacts_on_hold_count_up_to_their_deadline() -> None:
    """A contact that nobody activated counts at its deadline, and a microsecond later no more."""
    held = limits(ContactCap(name="x", max_contacts=1, window_us=DAY_US))
    waiting = [contact(NEWS, 0, hold_us=100)]
    assert held.blocked(waiting, 0, 100)
    assert not held.blocked(waiting, 0, 101)


def test_a_portfolios_own_limits_count_its_own_contacts() -> None:
    """The organization's limits count contacts of every portfolio, a portfolio's only its own."""
    policy = ContactPolicy(caps=(ContactCap(name="x", max_contacts=1, window_us=DAY_US),))
    elsewhere = contact(NEWS, 0, portfolio="q")
    assert is_refused(ContactLimits(policy, NONE, "p"), NEWS, 0, elsewhere)
    own = ContactLimits(NONE, policy, "p")
    assert not is_refused(own, NEWS, 0, elsewhere)
    assert is_refused(own, NEWS, 0, elsewhere, contact(SALE, 0))
    both = ContactLimits(policy, ContactPolicy(caps=(ContactCap(name="y", min_gap_us=2 * DAY_US),)), "p")
    assert ["x", "y"] == [both.rejection("news", key).rule for key in both.keys_of(NEWS)]


def test_the_horizon_is_the_longest_reach() -> None:
    """Contacts matter as far back as the longest window or gap, for ever where an exclusion is, and else not at all."""
    assert 0 == ContactLimits(NONE, NONE, "p").horizon_us
    assert ContactLimits(NONE, NONE, "p").is_empty
    cap = ContactCap(name="x", max_contacts=1, window_us=DAY_US, min_gap_us=2 * DAY_US)
    both = CampaignSelector()
    week = ContactExclusion(name="x", first=both, second=both, window_us=7 * DAY_US)
    ever = ContactExclusion(name="x", first=both, second=both)
    assert [2 * DAY_US, 7 * DAY_US, None] == [
        limits(cap).horizon_us,
        limits(cap, exclusions=(week,)).horizon_us,
        limits(cap, exclusions=(week, ever)).horizon_us,
    ]
    assert not limits(cap).is_empty


def test_customers_without_contacts_share_one_answer() -> None:
    """Nothing is blocked, by the very same value, where there are no contacts or none that matter."""
    held = limits(ContactCap(name="x", max_contacts=1, window_us=DAY_US))
    assert held.blocked((), 0, 0) is held.blocked((contact(NEWS, -DAY_US),), 0, 0)


def test_the_order_of_contacts_does_not_matter() -> None:
    """The same contacts in any order block the same."""
    held = limits(
        ContactCap(name="x", max_contacts=2, window_us=5), ContactCap(name="y", per=ContactScope.CHANNEL, min_gap_us=3)
    )
    contacts = [contact(NEWS, 0), contact(SALE, 4), contact(CARE, 6), contact(SALE, 9)]
    for time_us in range(12):
        assert 1 == len({held.blocked(order, time_us, 0) for order in permutations(contacts)})


def test_campaigns_that_differ_in_one_label_are_told_apart() -> None:
    """A selector of any label finds the contacts that have it, though others of the same campaign had not."""
    selectors = [
        CampaignSelector(campaign_ids=("news",)),
        CampaignSelector(families=("mass",)),
        CampaignSelector(categories=("coffee",)),
        CampaignSelector(channels=("sms",)),
        CampaignSelector(types=(2,)),
        CampaignSelector(kinds=(15,)),
    ]
    for selector in selectors:
        held = limits(ContactCap(name="x", campaigns=selector, max_contacts=1, window_us=10))
        same_id = CampaignLabels(campaign_id="sale")
        for labels in (NEWS, SALE, CARE, same_id):
            assert selector.matches(labels) == is_refused(held, labels, 0, contact(same_id, 0), contact(labels, 0))


@pytest.mark.parametrize(
    ("cap", "labels", "reason"),
    [
        (
            ContactCap(name="x", per=ContactScope.CHANNEL, max_contacts=2, window_us=7 * DAY_US),
            NEWS,
            "at most 2 contacts in 7 days on channel email",
        ),
        (
            ContactCap(name="x", max_contacts=1, window_us=DAY_US, min_gap_us=36 * HOUR_US),
            NEWS,
            "at most 1 contact in 1 day and at least 36 hours between two contacts",
        ),
        (
            ContactCap(name="x", per=ContactScope.TYPE, min_gap_us=90_000_000),
            NEWS,
            "at least 90 seconds between two contacts of type GTM",
        ),
        (
            ContactCap(
                name="x",
                per=ContactScope.FAMILY,
                campaigns=CampaignSelector(types=(1, 2), campaign_ids=("a", "b", "c", "d", "care")),
                min_gap_us=1_500_000,
            ),
            CARE,
            "at least 1.5 seconds between two contacts without a family (counting campaigns a, b, c and 2 more, types GTM, CLM)",
        ),
    ],
)
def test_a_rejection_says_what_the_cap_demands(cap: ContactCap, labels: CampaignLabels, reason: str) -> None:
    """People read the limit, in the greatest whole unit, and what it counts."""
    held = limits(cap)
    (key,) = held.keys_of(labels)
    assert Rejection("news", FunnelStage.CONTACT_POLICY, "x", reason) == held.rejection("news", key)


def test_many_contacts_are_counted_like_few() -> None:
    """Among thousands of contacts the ones in reach decide."""
    held = limits(
        ContactCap(name="x", max_contacts=3, window_us=10), ContactCap(name="y", max_contacts=500, window_us=4000)
    )
    contacts = [contact(NEWS, 4 * each) for each in range(3000)]
    blocked = [held.blocked(some, 5000, 0) for some in (contacts, contacts[::2], contacts[::3])]
    assert [{0, 1}, {1}, set()] == [{place for place, _ in keys} for keys in blocked]
