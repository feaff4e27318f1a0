"""Laws of the warnings about settings that are stored as wanted and may yet be a mistake."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from banditsvc.core.campaign import Campaign, CampaignState, CampaignType
from banditsvc.core.contact_policy import (
    CampaignSelector,
    Capacity,
    ContactCap,
    ContactExclusion,
    ContactPolicy,
    QuietTime,
)
from banditsvc.core.exploration import Greedy
from banditsvc.core.organization import Organization
from banditsvc.core.policy import ExplorationLimit, Policy
from banditsvc.core.rule import Rule
from banditsvc.serving.wanted_settings import WantedPortfolio, WantedSettings
from tests.serving.shop import PORTFOLIO, Shop, in_shop

NEW = dataclasses.replace(PORTFOLIO, portfolio_id="new", portfolio_version=0)
SALE = Campaign(
    campaign_id="sale", family="coupons", category="shoes", channel="email", rules=(Rule(name="r", expression="r > 3"),)
)
WEEKEND = ContactPolicy(quiet_times=(QuietTime(name="weekend", days=(6, 7)),))
CONSENT = (
    "campaign sale of portfolio 'new' needs no consent: it names no purpose and "
    "organization {organization!r} has no default_purpose"
)


def warnings(
    *campaigns: Campaign, organization: Organization | None = None, policy: Policy | None = None, **changes: Any
) -> list[str]:
    """Returns the warnings about a new portfolio with such campaigns."""
    portfolio = dataclasses.replace(NEW, **changes)
    wanted = WantedSettings(
        organizations=() if organization is None else (organization,),
        portfolios=(WantedPortfolio(portfolio_id="new", portfolio=portfolio, campaigns=campaigns, policy=policy),),
    )

    async def story() -> list[str]:
        shop = await Shop().open()
        checked = await shop.resources.apply(wanted, validate_only=True)
        applied = await shop.resources.apply(wanted)
        assert checked.warnings == applied.warnings
        return list(applied.warnings)

    return in_shop(story())


def test_a_plain_shop_is_quiet() -> None:
    """Where nothing shows that consent matters, and everything named exists, there is no warning."""
    assert [] == warnings(SALE, Campaign(campaign_id="news"), rules=(Rule(name="all", expression="r > 1"),))


def test_campaigns_without_consent_are_told_where_consent_matters() -> None:
    """With a contact policy, an organization or a purpose, campaigns that need no consent are named, others not."""
    acme = Organization(organization_id="acme")
    receipt = Campaign(campaign_id="receipt", type=CampaignType.TRANSACTIONAL)
    over = Campaign(campaign_id="over", state=CampaignState.ENDED)
    offer = Campaign(campaign_id="offer", purpose="offers")
    in_default, in_acme = (CONSENT.format(organization=name) for name in ("default", "acme"))
    assert [in_default] == warnings(SALE, receipt, over, contact_policy=WEEKEND)
    assert [in_default] == warnings(SALE, offer)
    assert [in_acme] == warnings(SALE, organization=acme, organization_id="acme")
    asked = dataclasses.replace(acme, default_purpose="marketing")
    assert [] == warnings(SALE, offer, organization=asked, organization_id="acme")


def test_many_campaigns_are_told_by_the_first() -> None:
    """Of many campaigns that need no consent the first three are named, and the others counted."""
    [text] = warnings(*(Campaign(campaign_id=f"c{place}") for place in range(5)), contact_policy=WEEKEND)
    assert text.startswith("campaigns c0, c1, c2 (and 2 more) of portfolio 'new' need no consent: they name")


@pytest.mark.parametrize(
    ("selector", "found"),
    [
        (CampaignSelector(families=("cupons",)), "matches no campaign: families 'cupons'"),
        (CampaignSelector(families=("coupons", "cupons")), "names what no campaign has: families 'cupons'"),
        (
            CampaignSelector(campaign_ids=("a",), channels=("sms",)),
            "matches no campaign: campaign_ids 'a', channels 'sms'",
        ),
        (CampaignSelector(families=("coupons",), categories=("bags",)), "matches no campaign"),
        (CampaignSelector(families=("coupons",), types=(1,)), ""),
        (CampaignSelector(), ""),
    ],
)
def test_selectors_that_match_nothing_are_told(selector: CampaignSelector, found: str) -> None:
    """Every cap, exclusion and capacity that selects what no campaign has is named, of portfolio and organization."""
    policy = ContactPolicy(
        caps=(ContactCap(name="c", campaigns=selector, min_gap_us=1_000_000),),
        exclusions=(ContactExclusion(name="x", first=CampaignSelector(types=(1,)), second=selector),),
    )
    capacities = (Capacity(name="k", campaigns=selector, max_contacts=1),)
    purposed = dataclasses.replace(SALE, purpose="p")
    bags = Campaign(campaign_id="bag", category="bags", channel="push", purpose="p")
    acme = Organization(organization_id="acme", contact_policy=policy, capacities=capacities)
    names = ("cap 'c'", "second of exclusion 'x'", "capacity 'k'")
    told = warnings(purposed, bags, contact_policy=policy, capacities=capacities)
    of_organization = warnings(purposed, bags, organization=acme, organization_id="acme")
    assert [f"{name} of portfolio 'new' {found}" for name in names if found] == told
    assert [f"{name} of organization 'acme' {found}" for name in names if found] == of_organization


def test_a_campaign_without_a_channel_may_go_out_on_any() -> None:
    """A channel that no campaign names is none at fault where the request may give it."""
    policy = ContactPolicy(
        caps=(ContactCap(name="c", campaigns=CampaignSelector(channels=("sms",)), min_gap_us=1_000_000),)
    )
    assert [] == warnings(Campaign(campaign_id="a", purpose="p"), contact_policy=policy)
    assert [] == warnings(contact_policy=policy)


def test_limits_on_exploration_of_unknown_campaigns_are_told() -> None:
    """A limit of the policy at work that names a campaign which is not in the catalogue is told by its place."""
    limits = (ExplorationLimit(max_share=0.1), ExplorationLimit(campaign_ids=("sael", "sale"), max_share=0.1))
    policy = Policy(portfolio_id="new", exploration=Greedy(), limits=limits)
    assert ["limits[1] of the policy of portfolio 'new' names what no campaign has: campaign_ids 'sael'"] == warnings(
        SALE, policy=policy
    )


def test_a_rule_name_that_is_used_twice_is_told() -> None:
    """A rule of the portfolio and one of a campaign with the same name cannot be told apart."""
    [text] = warnings(SALE, rules=(Rule(name="r", expression="r > 1"),))
    assert text.startswith("rule 'r' is a name of portfolio 'new' and of campaign 'sale' alike")
