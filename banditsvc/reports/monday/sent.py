"""What was sent in a week, beside the week before."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass

from banditsvc.ports import DecisionLog
from banditsvc.reports.monday.week import Week


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignSent:
    """Contacts with one campaign, and their cost."""

    campaign_id: str
    family: str
    contacts: int
    contacts_before: int
    """In the week before."""
    cost: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """Contacts of a portfolio in a week; those that wait to be activated count."""

    campaigns: tuple[CampaignSent, ...]
    """Those with contacts in either week, the most contacts first."""
    contacts: int
    contacts_before: int
    cost: float


def sent_in(log: DecisionLog, organization_id: str, portfolio_id: str, week: Week) -> Sent:
    """Returns the contacts of a portfolio by campaign, ghosts left out; by what campaigns were when they were chosen."""
    counts: tuple[Counter[tuple[str, str]], Counter[tuple[str, str]]] = (Counter(), Counter())
    costs: defaultdict[tuple[str, str], float] = defaultdict(float)
    now_us = log.watermark().time_us
    for place, one in enumerate((week, week.before)):
        for tally in log.tally_contacts(organization_id, portfolio_id, one.start_us, one.end_us, now_us):
            key = (tally.labels.campaign_id, tally.labels.family)
            counts[place][key] += tally.count
            if not place:
                costs[key] += tally.count * tally.labels.cost
    found = [
        CampaignSent(
            campaign_id=campaign_id,
            family=family,
            contacts=counts[0][campaign_id, family],
            contacts_before=counts[1][campaign_id, family],
            cost=costs[campaign_id, family],
        )
        for campaign_id, family in {**counts[0], **counts[1]}
    ]
    found.sort(key=lambda one: (-one.contacts, -one.contacts_before, one.campaign_id))
    return Sent(
        campaigns=tuple(found),
        contacts=counts[0].total(),
        contacts_before=counts[1].total(),
        cost=sum(one.cost for one in found),
    )
