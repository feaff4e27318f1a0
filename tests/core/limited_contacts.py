"""Contacts, campaigns and limits for tests of contact policy."""

from __future__ import annotations

from hypothesis import strategies as st

from banditsvc.core.campaign import CampaignType
from banditsvc.core.campaign_labels import CampaignLabels
from banditsvc.core.contact import Contact
from banditsvc.core.contact_limits import ContactLimits
from banditsvc.core.contact_policy import Capacity, ContactCap, ContactExclusion, ContactPolicy, ContactScope

NONE = ContactPolicy()
NEWS = CampaignLabels(campaign_id="news", type=1, channel="email", family="mass")
SALE = CampaignLabels(campaign_id="sale", type=1, channel="sms", family="mass", category="coffee", kind=15)
CARE = CampaignLabels(campaign_id="care", type=2, channel="email", family="")
RECEIPT = CampaignLabels(campaign_id="receipt", type=int(CampaignType.TRANSACTIONAL), channel="email")
CAMPAIGNS = (NEWS, SALE, CARE)
SPAN = 24
TIMES = st.integers(0, SPAN)


def contact(labels: CampaignLabels, time_us: int, *, hold_us: int | None = None, portfolio: str = "p") -> Contact:
    """Returns a contact of the customer."""
    return Contact(
        organization_id="o",
        portfolio_id=portfolio,
        customer_id="c",
        campaign=labels,
        contact_time_us=time_us,
        hold_until_us=hold_us,
    )


def limits(*caps: ContactCap, exclusions: tuple[ContactExclusion, ...] = ()) -> ContactLimits:
    """Returns limits of an organization."""
    return ContactLimits(ContactPolicy(caps=caps, exclusions=exclusions), NONE, "p")


def is_refused(held: ContactLimits, labels: CampaignLabels, time_us: int, *contacts: Contact) -> bool:
    """Returns whether one more contact is refused."""
    return bool(held.blocked(contacts, time_us, 0).intersection(held.keys_of(labels)))


ARRIVALS = st.lists(st.tuples(st.sampled_from(CAMPAIGNS), TIMES), max_size=14)
"""Campaigns and times of contacts, in the order in which they come."""


def counted_apart(limit: Capacity | ContactCap, labels: CampaignLabels) -> object:
    """Returns what a limit counts a campaign with, None where it does not count it."""
    if not limit.campaigns.matches(labels):
        return None
    by_scope: dict[ContactScope, object] = {
        ContactScope.OVERALL: "all",
        ContactScope.CHANNEL: ("channel", labels.channel),
        ContactScope.CAMPAIGN: ("campaign", labels.campaign_id),
        ContactScope.TYPE: ("type", labels.type),
        ContactScope.FAMILY: ("family", labels.family),
    }
    return by_scope[limit.per]
