"""Prepared sets: what a customer may get, with what scoring and drawing need of it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.campaign import Campaign
from banditsvc.core.campaign_labels import CampaignLabels
from banditsvc.core.encoded import EncodedCampaign
from banditsvc.core.equal_parts import equal_parts
from banditsvc.core.rejection import Rejection


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class PreparedSet:
    """The eligible campaigns, one entry per pair of campaign and treatment, sorted by both; shared by requests."""

    ids: tuple[str, ...]
    """campaign_id of each entry."""
    treatments: tuple[str, ...]
    """treatment_id of each entry, "" for a campaign without; empty where no campaign has treatments."""
    campaigns: tuple[Campaign, ...]
    """Campaign of each entry."""
    labels: tuple[CampaignLabels, ...]
    """Labels of each entry's campaign, for the contact that choosing it makes."""
    encoded: tuple[EncodedCampaign, ...]
    """Features of each pair."""
    fixed_rank: NDArray[np.int64]
    """Place of each in the fixed order, shape (K,), 0 first: by fixed_priority, unset last, then by both ids."""
    levers: NDArray[np.float64] | None
    """Business weight of each, shape (K,); None where all are 1."""
    prices: NDArray[np.float64] | None
    """What limits over all customers take from each, shape (K,); None where all are 0."""
    rejections: tuple[Rejection, ...]
    """What was dropped, by campaign_id."""
    has_message_fields: bool
    """Whether the catalogue passes anything through for some entry."""
    force_reason: str = ""
    """Where all entries are of one campaign that is forced: why."""
    equal_parts: NDArray[np.float64] = field(init=False)
    """In an equal draw of a campaign and then of its treatment each has one part of so many, shape (K,)."""

    def __post_init__(self) -> None:
        """Counts the equal parts."""
        object.__setattr__(self, "equal_parts", equal_parts(self.ids))
