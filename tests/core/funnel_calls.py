"""Calls of the funnel for one customer of a small shop, for its tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from banditsvc.core.campaign import Campaign, CampaignState
from banditsvc.core.campaign_labels import CampaignLabels
from banditsvc.core.capacity_ledger import CapacityLedger
from banditsvc.core.consent import Consent
from banditsvc.core.contact import Contact
from banditsvc.core.contact_policy import Capacity
from banditsvc.core.decision import RankInput
from banditsvc.core.funnel import CompiledFunnel, EligibleSet
from banditsvc.core.organization import DEFAULT_ORGANIZATION, Organization
from banditsvc.core.outcome import OutcomeType
from banditsvc.core.portfolio import LearnerSpec, Portfolio, RewardSpec, RewardWeight
from banditsvc.core.rejection import FunnelStage
from banditsvc.core.rule import Rule
from banditsvc.core.time_zones import zone
from banditsvc.core.times import DAY_US, HOUR_US

LEARNER = LearnerSpec(reward=RewardSpec(weights=(RewardWeight(type=OutcomeType.CLICK, weight=1.0),), window_us=DAY_US))
CATALOGUE = {
    "news": Campaign(campaign_id="news"),
    "sale": Campaign(campaign_id="sale", end_time_us=100),
    "old": Campaign(campaign_id="old", state=CampaignState.PAUSED),
}
NOON_US = 12 * HOUR_US
Drop = tuple[str, FunnelStage, str]


def shop(**settings: Any) -> Portfolio:
    """Returns a portfolio with these settings."""
    return Portfolio(portfolio_id="shop", currency="EUR", learner=LEARNER, **settings)


def asked(**wishes: Any) -> RankInput:
    """Returns a request for a customer."""
    request: dict[str, Any] = {"portfolio_id": "shop", "customer_id": "c1", "send_time_us": 0}
    return RankInput(**(request | wishes))


def funnel(
    request: RankInput,
    *,
    campaigns: Mapping[str, Campaign] | Sequence[Campaign] = tuple(CATALOGUE.values()),
    portfolio: Portfolio | None = None,
    organization: Organization = DEFAULT_ORGANIZATION,
    contacts: Sequence[Contact] = (),
    consents: Sequence[Consent] = (),
    ledgers: Sequence[CapacityLedger] = (),
) -> EligibleSet:
    """Returns what is left for a customer."""
    listed = campaigns.values() if isinstance(campaigns, Mapping) else campaigns
    compiled = CompiledFunnel(organization, portfolio or shop(), {c.campaign_id: c for c in listed})
    return compiled.funnelled(request, contacts, consents, request.send_time_us, ledgers)


def ids(left: EligibleSet) -> list[str]:
    """Returns the ids of what may go out."""
    return [candidate.campaign.campaign_id for candidate in left.candidates]


def drops(left: EligibleSet) -> list[Drop]:
    """Returns what was dropped, by which stage and rule."""
    return [(rejection.campaign_id, rejection.stage, rejection.rule) for rejection in left.rejections]


def rule(name: str, stage: FunnelStage, expression: str = "recency_days < 30") -> Rule:
    """Returns a rule that a customer of whom nothing is known fails."""
    return Rule(name=name, stage=stage, expression=expression)


def contact(campaign_id: str, time_us: int, portfolio_id: str = "shop") -> Contact:
    """Returns a contact that stands."""
    return Contact(
        organization_id="default",
        portfolio_id=portfolio_id,
        customer_id="c1",
        campaign=CampaignLabels(campaign_id=campaign_id),
        contact_time_us=time_us,
    )


def used_up(name: str) -> CapacityLedger:
    """Returns a ledger of one capacity of which nothing is left."""
    ledger = CapacityLedger([Capacity(name=name, max_contacts=1)], zone("UTC"))
    for from_us, to_us in ledger.periods(0):
        ledger.load(from_us, to_us, [])
    ledger.take(contact("any", 0))
    return ledger
