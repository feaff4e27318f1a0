"""Settings of a world as the service is told them: an organization and a portfolio."""

from __future__ import annotations

from banditsvc.core.contact_policy import CampaignSelector, Capacity, CapacityPeriod, ContactCap, ContactPolicy
from banditsvc.core.portfolio import LearnerSpec, Portfolio
from banditsvc.core.rule import FeatureType
from banditsvc.core.times import DAY_US
from banditsvc.ports import Recorded
from banditsvc.rpc.wire_portfolio import write_portfolio
from banditsvc.v1 import organization_pb2, portfolio_pb2
from simulators.worlds.world_spec import WorldSpec


def organization_message(world: WorldSpec, organization_id: str) -> organization_pb2.Organization:
    """Returns the shop that owns one run: consent is kept by organization, and no run is to know of another's opt-outs.

    Campaigns need no consent given before; an unsubscription is what withdraws it.
    """
    return organization_pb2.Organization(
        organization_id=organization_id, display_name=f"Shop of the world {world.name}"
    )


def portfolio_message(world: WorldSpec, shop_id: str, learner: LearnerSpec) -> portfolio_pb2.Portfolio:
    """Returns the portfolio of one run, of the organization of the same id: the world's limits, and what is learned by."""
    portfolio = Portfolio(
        portfolio_id=shop_id,
        display_name=f"World {world.name}",
        currency=world.currency,
        learner=learner,
        allow_no_contact=world.no_contact,
        organization_id=shop_id,
        time_zone="UTC",
        context_schema=dict.fromkeys(world.population.features, FeatureType.TEXT),
        contact_policy=ContactPolicy(caps=_caps(world)),
        capacities=_capacities(world),
        sandbox=True,
    )
    message = write_portfolio(Recorded(0, 0, portfolio))
    # A new portfolio is based on no stored version.
    message.portfolio_version = 0
    return message


def _caps(world: WorldSpec) -> tuple[ContactCap, ...]:
    return tuple(
        ContactCap(
            name=f"{place + 1}: {cap.max_contacts} in {cap.window_days} days",
            max_contacts=cap.max_contacts,
            window_us=cap.window_days * DAY_US,
        )
        for place, cap in enumerate(world.caps)
    )


def _capacities(world: WorldSpec) -> tuple[Capacity, ...]:
    found = []
    if world.max_contacts_a_day is not None:
        found.append(Capacity(name="a day", max_contacts=world.max_contacts_a_day, period=CapacityPeriod.DAY))
    for campaign in world.campaigns:
        # All weeks of a weekly campaign share its limit.
        ids = (campaign.campaign_id,)
        own = CampaignSelector(families=ids) if campaign.weekly else CampaignSelector(campaign_ids=ids)
        limits = (
            (campaign.max_contacts_a_day, CapacityPeriod.DAY, "a day"),
            (campaign.max_contacts_a_week, CapacityPeriod.WEEK, "a week"),
        )
        found += [
            Capacity(
                name=f"{campaign.campaign_id} {words}",
                campaigns=own,
                max_contacts=most,
                period=period,
            )
            for most, period, words in limits
            if most is not None
        ]
    return tuple(found)
