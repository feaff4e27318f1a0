"""Volume minimums: how many contacts there are to be with some campaigns, over all customers of an audience."""

from __future__ import annotations

from dataclasses import dataclass

from banditsvc.core.contact_policy import CampaignSelector


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeMinimum:
    """At least min_contacts, or a share min_share of all contacts, in each run over an audience. One of them is set."""

    name: str
    campaigns: CampaignSelector
    min_contacts: int | None = None
    min_share: float | None = None
    """Above 0 and below 1."""
