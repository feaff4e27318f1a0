"""Message fields: what a catalogue passes through for what was chosen."""

from __future__ import annotations

from collections.abc import Mapping

from banditsvc.core.campaign import Campaign
from banditsvc.core.decision import Decision
from banditsvc.serving.prepared_set import PreparedSet

_NONE: Mapping[str, str] = {}


def message_fields(prepared: PreparedSet, decision: Decision) -> Mapping[str, str]:
    """Returns those of a decision that was just made among the campaigns of a prepared set."""
    if not prepared.has_message_fields or not decision.campaign_id:
        return _NONE
    return fields_of(prepared.campaigns[decision.chosen_place], decision.treatment_id)


def fields_of(campaign: Campaign, treatment_id: str) -> Mapping[str, str]:
    """Returns a campaign's fields and the treatment's, which win where both have one of a name."""
    if not treatment_id:
        return campaign.message_fields
    for treatment in campaign.treatments:
        if treatment.treatment_id == treatment_id:
            return {**campaign.message_fields, **treatment.message_fields}
    return campaign.message_fields
