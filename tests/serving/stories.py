"""What the stories of several tests have in common."""

from __future__ import annotations

from banditsvc.core.contact_policy import Capacity, ContactCap, ContactPolicy
from banditsvc.core.decision import Decision, Result
from banditsvc.core.organization import DEFAULT_ORGANIZATION_ID, Organization
from banditsvc.core.times import DAY_US
from banditsvc.serving.ranking import RankCall
from tests.serving.shop import PORTFOLIO, Shop, ranked

NONE, SOME = Result.NO_ELIGIBLE, Result.CAMPAIGN
ONE_A_WEEK = ContactCap(name="one a week", max_contacts=1, window_us=7 * DAY_US)


def organization(*caps: ContactCap, capacities: tuple[Capacity, ...] = ()) -> Organization:
    """Returns the default organization with limits."""
    return Organization(
        organization_id=DEFAULT_ORGANIZATION_ID, contact_policy=ContactPolicy(caps=caps), capacities=capacities
    )


async def limited(*caps: ContactCap, capacities: tuple[Capacity, ...] = (), shop: Shop | None = None) -> Shop:
    """Returns a shop whose organization has limits."""
    opened = await (shop or Shop()).open(PORTFOLIO)
    await opened.resources.update_organization(organization(*caps, capacities=capacities))
    return opened


async def rank(shop: Shop, *calls: RankCall) -> list[Decision]:
    """Returns the decisions of one batch, none of which may fail."""
    return [answer.decision.value for answer in await ranked(shop, *calls)]


async def results(shop: Shop, *calls: RankCall) -> list[Result]:
    """Returns the kinds of answer of one batch."""
    return [decision.result for decision in await rank(shop, *calls)]
