"""Audience limits: what a contact uses of them, and what it costs at their prices."""

from __future__ import annotations

import pytest

from banditsvc.core.audience_limit import AudienceLimit, LimitKind, LimitOwner, LimitSettings
from banditsvc.core.campaign import NO_CONTACT
from banditsvc.core.campaign_labels import CampaignLabels
from banditsvc.core.contact_policy import CampaignSelector, Capacity, ContactScope
from banditsvc.core.portfolio_prices import LimitPrice, PortfolioPrices
from banditsvc.core.volume_minimum import VolumeMinimum

LETTER = CampaignLabels(campaign_id="letter", channel="print", family="spring", cost=0.5)
MAIL = CampaignLabels(campaign_id="mail", channel="email", cost=0.01)
NOTHING = CampaignLabels(campaign_id=NO_CONTACT)
PRINT, SPRING = CampaignSelector(channels=("print",)), CampaignSelector(families=("spring",))
SETTINGS = LimitSettings(
    organization=(Capacity(name="channels", per=ContactScope.CHANNEL, max_contacts=9),),
    portfolio=(Capacity(name="print", campaigns=PRINT, max_contacts=5, max_cost=2.0),),
    minimums=(
        VolumeMinimum(name="vendor", campaigns=SPRING, min_contacts=2),
        VolumeMinimum(name="share", campaigns=SPRING, min_share=0.25),
    ),
)


def test_each_number_is_a_limit() -> None:
    """A capacity has one for each value that it counts apart and each of its numbers; a minimum has one."""
    limits = SETTINGS.limits([LETTER, MAIL, NOTHING])
    assert [
        ("channels", LimitKind.MOST_CONTACTS, "print"),
        ("channels", LimitKind.MOST_CONTACTS, "email"),
        ("print", LimitKind.MOST_CONTACTS, ""),
        ("print", LimitKind.MOST_COST, ""),
        ("vendor", LimitKind.LEAST_CONTACTS, ""),
        ("share", LimitKind.LEAST_SHARE, ""),
    ] == [(limit.name, limit.kind, limit.value) for limit in limits]
    assert [LimitOwner.ORGANIZATION] * 2 + [LimitOwner.PORTFOLIO] * 4 == [limit.owner for limit in limits]


def test_a_contact_uses_what_it_counts_for() -> None:
    """One contact is one, or its cost; of a share it is what it adds beyond the share; sending nothing uses nothing."""
    limits = SETTINGS.limits([LETTER, MAIL])
    assert [1.0, 0.0, 1.0, 0.5, 1.0, 0.75] == [limit.use(LETTER) for limit in limits]
    assert [0.0, 1.0, 0.0, 0.0, 0.0, -0.25] == [limit.use(MAIL) for limit in limits]
    assert [0.0] * 6 == [limit.use(NOTHING) for limit in limits]


def test_the_price_of_a_campaign_is_the_sum_over_its_limits() -> None:
    """Capacities take their price for each unit, minimums give it."""
    prices = _prices(0.1, 0.2, 0.3, 0.4, 0.5, 0.6)
    assert pytest.approx(0.1 + 0.3 + 0.4 * 0.5 - 0.5 - 0.6 * 0.75) == prices.price_of(LETTER)
    assert pytest.approx(0.2 + 0.6 * 0.25) == prices.price_of(MAIL)
    assert 0.0 == prices.price_of(NOTHING)
    found = prices.prices_of([LETTER, NOTHING])
    assert found is not None
    assert [prices.price_of(LETTER), 0.0] == found.tolist()


def test_where_nothing_is_taken_there_are_no_prices() -> None:
    """Limits that do not bind, and entries that no limit is about, have None."""
    assert _prices().prices_of([LETTER, MAIL]) is None
    assert _prices(0.0, 0.0, 0.3).prices_of([MAIL, NOTHING]) is None


def _prices(*prices: float) -> PortfolioPrices:
    limits = SETTINGS.limits([LETTER, MAIL])
    return PortfolioPrices(
        portfolio_id="shop",
        run_id="r",
        settings=SETTINGS,
        limits=tuple(_price(limit, price) for limit, price in zip(limits, prices, strict=False)),
    )


def _price(limit: AudienceLimit, price: float) -> LimitPrice:
    return LimitPrice(limit=limit, price=price, bound=1.0, expected=1.0, is_met=True)
