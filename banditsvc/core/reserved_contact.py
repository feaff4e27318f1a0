"""Reserved contacts: what a decision takes of contact policy and capacity until it is known what became of it."""

from __future__ import annotations

from banditsvc.core.campaign_labels import CampaignLabels
from banditsvc.core.contact import Contact
from banditsvc.core.decision import RankInput
from banditsvc.core.portfolio import Portfolio


def reserved_contact(portfolio: Portfolio, asked: RankInput, campaign: CampaignLabels) -> Contact | None:
    """Returns the contact of a decision for a campaign, None for a test."""
    if asked.is_test:
        return None
    hold_until_us = None
    if asked.defer_activation:
        hold_until_us = asked.send_time_us + portfolio.learner.settle.activation_deadline_us
    return Contact(
        organization_id=portfolio.organization_id,
        portfolio_id=portfolio.portfolio_id,
        customer_id=asked.customer_id,
        campaign=campaign,
        contact_time_us=asked.send_time_us,
        hold_until_us=hold_until_us,
    )
