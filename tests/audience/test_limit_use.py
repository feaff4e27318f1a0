"""What contacts use of limits, beside the capacities of the plan's page."""

from __future__ import annotations

from dataclasses import replace

from banditsvc.audience.limit_use import limit_uses
from banditsvc.core.audience_limit import AudienceLimit, LimitKind, LimitOwner, LimitSettings
from banditsvc.core.campaign import Campaign
from banditsvc.core.contact_policy import CampaignSelector, ContactScope
from banditsvc.core.funnel_candidate import labels_of
from banditsvc.core.portfolio_prices import LimitPrice, PortfolioPrices
from banditsvc.core.room import Room
from banditsvc.reports.audience.plan_report import room_uses

_CATALOGUE = {
    one.campaign_id: one
    for one in (
        Campaign(campaign_id="mail", cost=0.01, channel="email"),
        Campaign(campaign_id="letter", cost=1.5, channel="post"),
        Campaign(campaign_id="call", cost=4.0),
    )
}
_CONTACTS = {"mail": 600, "letter": 300, "call": 100}
_ANY = CampaignSelector()


def _limit(kind: LimitKind, campaigns: CampaignSelector = _ANY, share: float = 0.0) -> AudienceLimit:
    return AudienceLimit(owner=LimitOwner.PORTFOLIO, name=kind.name, kind=kind, campaigns=campaigns, share=share)


def _prices(*limits: tuple[AudienceLimit, float]) -> PortfolioPrices:
    found = [LimitPrice(limit=one, price=0.5, bound=bound, expected=bound, is_met=True) for one, bound in limits]
    return PortfolioPrices(portfolio_id="shop", run_id="night", settings=LimitSettings(), limits=tuple(found))


def test_each_kind_of_limit_is_counted_in_its_own_unit() -> None:
    """Contacts, cost and shares are those of the contacts made; a minimum that is not reached is missed, however little."""
    letters = CampaignSelector(campaign_ids=("letter",))
    apart = replace(_limit(LimitKind.MOST_CONTACTS), per=ContactScope.CHANNEL, value="phone")
    prices = _prices(
        (_limit(LimitKind.MOST_CONTACTS), 1_000.0),
        (_limit(LimitKind.MOST_COST), 900.0),
        (_limit(LimitKind.LEAST_CONTACTS, letters), 301.0),
        (_limit(LimitKind.LEAST_CONTACTS, letters), 300.0),
        (_limit(LimitKind.LEAST_SHARE, letters, share=0.31), 0.0),
        (apart, 100.0),
    )
    uses = limit_uses(prices, _CONTACTS, _CATALOGUE, "phone")
    assert [1_000.0, 856.0, 300.0, 300.0, 0.3, 100.0] == [one.used for one in uses]
    assert [False, False, True, False, True, False] == [one.is_missed for one in uses]
    assert ["yes", "yes", "MISSED", "yes", "MISSED", "yes"] == [one.held for one in uses]
    assert (
        "minimum 'LEAST_SHARE' is missed: it asks for at least a share of 0.31 of all contacts (counting campaign letter), "
        "and there is one of 0.3"
    ) == uses[4].missed_text
    assert () == limit_uses(None, _CONTACTS, _CATALOGUE, "")
    assert 0.0 == limit_uses(prices, {}, _CATALOGUE, "")[4].used


def test_prices_stand_beside_their_budgets() -> None:
    """A capacity has the price of the limit that counts its campaigns in its unit, and one without a price has none."""
    labels = [labels_of(one, "") for one in _CATALOGUE.values()]
    contacts = {one.campaign_id: 1 for one in labels}
    cost = {one.campaign_id: round(one.cost * 1e9) for one in labels}
    rooms = [
        Room(name="MOST_CONTACTS", reason="", left=2_000, units=contacts),
        Room(name="MOST_COST", reason="", left=900 * 10**9, units=cost),
        Room(name="other", reason="", left=10, units={"call": 1}),
    ]
    prices = _prices((_limit(LimitKind.MOST_COST), 900.0), (_limit(LimitKind.MOST_CONTACTS), 2_000.0))
    limits = limit_uses(prices, _CONTACTS, _CATALOGUE, "")
    uses = room_uses(rooms, _CONTACTS, limits, labels)
    assert [limits[1], limits[0], None] == [one.limit for one in uses]
    assert [(1_000.0, 1_000.0), (856.0, 44.0), (100.0, -90.0)] == [(one.taken, one.after) for one in uses]
