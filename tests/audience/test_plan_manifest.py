"""Laws of plan manifests: whatever has changed of what decides is told, by the path to it."""

from __future__ import annotations

from dataclasses import replace

from banditsvc.audience.plan_manifest import changes, settings_of
from banditsvc.core.campaign import Campaign, Pin
from banditsvc.core.contact_policy import ContactCap, ContactPolicy
from banditsvc.serving.active_portfolio import ActivePortfolio
from tests.serving.treated_shop import activated

ACTIVE = activated()
DAY_US = 86_400_000_000
WEEKLY = ContactCap(name="weekly", max_contacts=1, window_us=7 * DAY_US)


def told(before: ActivePortfolio, after: ActivePortfolio) -> list[str]:
    return list(changes(settings_of(before), settings_of(after)))


def with_caps(*caps: ContactCap) -> ActivePortfolio:
    return replace(ACTIVE, portfolio=replace(ACTIVE.portfolio, contact_policy=ContactPolicy(caps=caps)))


def with_first(campaign: Campaign) -> ActivePortfolio:
    return replace(ACTIVE, catalogue={**ACTIVE.catalogue, campaign.campaign_id: campaign})


def test_what_is_new_or_gone_is_told_by_its_name() -> None:
    """A cap that is added is told with what it says, one that changes with both values, and another order too."""
    daily = replace(WEEKLY, name="daily", window_us=DAY_US)
    path = "portfolio: contact_policy.caps"
    assert [f"{path} was (), and is weekly"] == told(with_caps(), with_caps(WEEKLY))[:1]
    assert f"{path}[weekly].max_contacts was not set, and is 1" in told(with_caps(), with_caps(WEEKLY))
    assert [f"{path}[weekly].max_contacts was 1, and is 2"] == told(
        with_caps(WEEKLY), with_caps(replace(WEEKLY, max_contacts=2))
    )
    assert [f"{path} was weekly, daily, and is daily, weekly"] == told(
        with_caps(WEEKLY, daily), with_caps(daily, WEEKLY)
    )
    assert [] == told(with_caps(WEEKLY, daily), with_caps(WEEKLY, daily))


def test_even_what_says_nothing_is_told() -> None:
    """A pin for everybody at any time, and a text where there was nothing, make a plan stale."""
    sale = ACTIVE.catalogue["sale"]
    pinned = replace(sale, pins=(Pin(name=""),))
    assert told(with_first(replace(sale, pins=())), with_first(pinned))
    assert told(with_first(replace(sale, offer_kind="")), with_first(replace(sale, offer_kind="x")))
