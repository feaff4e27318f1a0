"""Traffic of all kinds for a shop with groups, limits and capacity."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

from banditsvc.core.assignment_spec import AssignmentSpec
from banditsvc.core.campaign import Campaign
from banditsvc.core.contact_policy import (
    CampaignSelector,
    Capacity,
    CapacityPeriod,
    ContactCap,
    ContactPolicy,
    ContactScope,
)
from banditsvc.core.context import CustomerContext
from banditsvc.core.exploration import ExclusiveRules, TargetRule
from banditsvc.core.organization import DEFAULT_ORGANIZATION, Organization
from banditsvc.core.policy import Policy
from banditsvc.core.portfolio import Portfolio
from banditsvc.core.times import DAY_US
from banditsvc.serving.ranking import RankCall
from tests.serving.grouped_shop import CAMPAIGNS, QUARTERS, SHOP, records_of, stored_shop
from tests.serving.shop import START_US, Shop, rank_call

UNIVERSAL = AssignmentSpec(holdout=0.1, assignment_version=1, start_time_us=START_US, salt="universal")
ORGANIZATION: Organization = replace(
    DEFAULT_ORGANIZATION,
    contact_policy=ContactPolicy(
        caps=(
            ContactCap(name="two a week", max_contacts=2, window_us=7 * DAY_US),
            ContactCap(name="gap", per=ContactScope.CAMPAIGN, min_gap_us=2 * DAY_US),
        )
    ),
    capacities=(Capacity(name="a day", max_contacts=30, period=CapacityPeriod.DAY),),
    assignments=(UNIVERSAL,),
)
PORTFOLIO: Portfolio = replace(
    SHOP,
    allow_no_contact=True,
    capacities=(
        Capacity(
            name="sales",
            campaigns=CampaignSelector(campaign_ids=("sale",)),
            max_contacts=4,
            period=CapacityPeriod.DAY,
        ),
    ),
    assignments=(QUARTERS,),
    business_as_usual=ExclusiveRules(rules=(TargetRule(campaign_id="winback", expression="recency_days > 200"),)),
)
OTHER = replace(SHOP, portfolio_id="other", salt="salt of the other", assignments=())
"""Another portfolio of the organization, which holds out nobody but the universal control."""
POLICY = Policy(portfolio_id="shop", floor=0.1)


def busy_shop() -> Shop:
    """Returns a shop with two portfolios, groups, caps and capacity."""
    shop = stored_shop(PORTFOLIO, policy=POLICY, organization=ORGANIZATION)
    shop.log.append(records_of(OTHER, CAMPAIGNS[:2]), START_US)
    return Shop(shop.log)


def traffic(seed: int, count: int, customers: int = 60) -> list[RankCall]:
    """Returns calls for a few customers who come again and again: of both portfolios, forced, tests, dry runs, deferred."""
    chance = random.Random(seed)
    return [_call(chance, number, customers) for number in range(count)]


def _call(chance: random.Random, number: int, customers: int) -> RankCall:
    inline = Campaign(campaign_id="flash", features={"score": chance.random()})
    forced = chance.choice(["", "", "", "", "news", "receipt"])
    asked: dict[str, Any] = {
        "portfolio_id": chance.choice(["shop", "shop", "shop", "other"]),
        "send_time_us": START_US + chance.randrange(4) * DAY_US,
        "context": CustomerContext(
            recency_days=chance.uniform(0.0, 400.0),
            segment=chance.choice(["family", "vip", "student"]),
            favourites={"shoes": float("inf") if chance.random() < 0.1 else chance.random()},
        ),
        "candidates": chance.choice([(), (), ("news", "sale"), ("sale", inline)]),
        "forced_campaign_id": forced,
        "force_reason": "a test" if forced else "",
        "defer_activation": chance.random() < 0.3,
        "is_test": chance.random() < 0.05,
    }
    dry_run = chance.random() < 0.05
    return rank_call(f"c{chance.randrange(customers)}", decision_id=f"d{number}", dry_run=dry_run, **asked)
