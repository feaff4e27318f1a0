"""Laws of exclusions: campaigns kept apart stay apart in every order of arrival, and nothing more is refused."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from banditsvc.core.campaign_labels import CampaignLabels
from banditsvc.core.contact_policy import CampaignSelector, ContactExclusion
from banditsvc.core.times import DAY_US
from tests.core.limited_contacts import (
    ARRIVALS,
    CAMPAIGNS,
    NEWS,
    SALE,
    contact,
    is_refused,
    limits,
)

SELECTOR = st.sampled_from([CampaignSelector(campaign_ids=(each.campaign_id,)) for each in CAMPAIGNS]) | st.just(
    CampaignSelector()
)
EXCLUSION = st.builds(
    ContactExclusion,
    name=st.just("exclusion"),
    first=SELECTOR,
    second=SELECTOR,
    window_us=st.none() | st.integers(1, 12),
    one_way=st.booleans(),
)


def clashes(exclusion: ContactExclusion, first: tuple[CampaignLabels, int], second: tuple[CampaignLabels, int]) -> bool:
    """Returns whether two contacts may not stand together, the one taken as first and the other as second."""
    if not exclusion.first.matches(first[0]) or not exclusion.second.matches(second[0]):
        return False
    after = second[1] - first[1]
    if exclusion.one_way and after < 0:
        return False
    return exclusion.window_us is None or abs(after) < exclusion.window_us


@given(exclusions=st.lists(EXCLUSION, min_size=1, max_size=3), arrivals=ARRIVALS)
@settings(derandomize=True, deadline=None, max_examples=300)
def test_a_contact_is_refused_exactly_when_an_exclusion_meets(
    exclusions: list[ContactExclusion], arrivals: list[tuple[CampaignLabels, int]]
) -> None:
    """Excluded pairs never stand together, in whatever order they come, and nothing else is refused."""
    held = limits(exclusions=tuple(exclusions))
    accepted: list[tuple[CampaignLabels, int]] = []
    for new in arrivals:
        expected = any(clashes(x, new, old) or clashes(x, old, new) for x in exclusions for old in accepted)
        assert expected == is_refused(held, *new, *(contact(*old) for old in accepted))
        if not expected:
            accepted.append(new)


def test_never_both_is_for_ever_and_one_way_has_an_order() -> None:
    """Without a window an exclusion never ends; one way, only a second at or after a first is refused."""
    first, second = CampaignSelector(campaign_ids=("news",)), CampaignSelector(campaign_ids=("sale",))
    never = limits(exclusions=(ContactExclusion(name="x", first=first, second=second),))
    assert is_refused(never, SALE, 0, contact(NEWS, 10**15))
    assert is_refused(never, NEWS, 10**15, contact(SALE, 0))
    assert not is_refused(never, NEWS, 1, contact(NEWS, 0))
    one_way = limits(exclusions=(ContactExclusion(name="x", first=first, second=second, window_us=10, one_way=True),))
    assert [True, True, False, False] == [is_refused(one_way, SALE, t, contact(NEWS, 0)) for t in (0, 9, 10, -1)]
    assert [True, True, False, False] == [is_refused(one_way, NEWS, t, contact(SALE, 0)) for t in (0, -9, -10, 1)]


def test_a_rejection_says_what_the_exclusion_demands() -> None:
    """The first campaigns read of the second ones, and the second of the first."""
    news, all_of_them = CampaignSelector(campaign_ids=("news",)), CampaignSelector()
    reasons = []
    for window_us, one_way in ((None, False), (None, True), (3 * DAY_US, False), (3 * DAY_US, True)):
        exclusion = ContactExclusion(name="x", first=news, second=all_of_them, window_us=window_us, one_way=one_way)
        held = limits(exclusions=(exclusion,))
        reasons.append([held.rejection("news", key).reason for key in held.keys_of(NEWS)])
    assert [
        ["never beside a contact with any campaign", "never beside a contact with campaign news"],
        ["never before a contact with any campaign", "never after a contact with campaign news"],
        ["not within 3 days of a contact with any campaign", "not within 3 days of a contact with campaign news"],
        [
            "not within 3 days before a contact with any campaign",
            "not within 3 days after a contact with campaign news",
        ],
    ] == reasons
