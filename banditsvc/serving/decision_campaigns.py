"""Campaigns of a decision, as they were when it was made."""

from __future__ import annotations

from collections.abc import Sequence

from banditsvc.core.campaign import NO_CONTACT, NO_CONTACT_CAMPAIGN, Campaign
from banditsvc.core.decision import Decision
from banditsvc.serving.portfolio_state import PortfolioState


def eligible_campaigns(decision: Decision, state: PortfolioState) -> list[Campaign] | None:
    """Returns the campaign of each entry as it was then, None where one is not known any more."""
    known = campaigns_as_of(decision, state, decision.eligible)
    found = [known[campaign_id] for campaign_id in decision.eligible if campaign_id in known]
    return found if len(found) == len(decision.eligible) else None


def campaigns_as_of(decision: Decision, state: PortfolioState, campaign_ids: Sequence[str]) -> dict[str, Campaign]:
    """Returns the campaigns that are known as they were when a decision was made, by id."""
    known = {one.campaign_id: one for one in decision.input.candidates if isinstance(one, Campaign)}
    known[NO_CONTACT] = NO_CONTACT_CAMPAIGN
    found: dict[str, Campaign] = {}
    for campaign_id in campaign_ids:
        campaign = known.get(campaign_id) or state.campaign_at(campaign_id, decision.catalogue_version)
        if campaign is not None:
            found[campaign_id] = campaign
    return found
