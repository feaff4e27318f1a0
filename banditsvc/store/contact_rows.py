"""Contacts as rows: what the stores give back of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from banditsvc.core.campaign_labels import CampaignLabels
from banditsvc.core.contact import Contact
from banditsvc.ports import ContactTally, HeldContact

Labels = tuple[str, int, int, str, str, str, float]
"""campaign_id, type, kind, channel, family, category and cost."""

_REMEMBERED_LABELS = 4_096


def held_contacts(rows: Sequence[tuple[Any, ...]]) -> list[HeldContact]:
    """Returns the contacts of rows of the table."""
    return [HeldContact(row[0], _contact(row)) for row in rows]


def labels_of(campaign: CampaignLabels) -> Labels:
    """Returns the labels of a campaign as they are in a row."""
    return (
        campaign.campaign_id,
        campaign.type,
        campaign.kind,
        campaign.channel,
        campaign.family,
        campaign.category,
        campaign.cost,
    )


def add_up(groups: Iterable[tuple[Labels, int]]) -> list[ContactTally]:
    """Returns the tallies of contacts by labels and cost, in their order.

    Costs are kept apart, not summed: whoever counts contacts one by one rounds each cost for itself.

    Args:
        groups: Labels, and how many contacts have them. The order makes no difference.
    """
    counts: Counter[Labels] = Counter()
    for labels, count in groups:
        counts[labels] += count
    return [ContactTally(_labels(labels), counts[labels]) for labels in sorted(counts)]


def _contact(row: tuple[Any, ...]) -> Contact:
    return Contact(
        organization_id=row[1],
        portfolio_id=row[2],
        customer_id=row[3],
        contact_time_us=row[4],
        hold_until_us=row[5],
        campaign=_labels(row[6:13]),
        is_ghost=bool(row[13]),
    )


@lru_cache(_REMEMBERED_LABELS)
def _labels(row: Labels) -> CampaignLabels:
    # Many contacts share few campaigns.
    campaign_id, type_number, kind_number, channel, family, category, cost = row
    return CampaignLabels(
        campaign_id=campaign_id,
        type=type_number,
        kind=kind_number,
        channel=channel,
        family=family,
        category=category,
        cost=cost,
    )
