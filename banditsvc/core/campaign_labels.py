"""Campaign labels: what contact policy and capacity know of a campaign."""

from __future__ import annotations

from dataclasses import dataclass

from banditsvc.core.campaign import CampaignType


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignLabels:
    """What selectors look at, as numbers and texts: it is stored with each contact."""

    campaign_id: str
    type: int = 0
    """Number of the CampaignType, 0 for none."""
    kind: int = 0
    """Number of the CampaignKind, 0 for none."""
    channel: str = ""
    """The campaign's channel, or else that of the request."""
    family: str = ""
    category: str = ""
    cost: float = 0.0
    """Of one contact, in the portfolio's currency."""

    @property
    def is_transactional(self) -> bool:
        """Whether it is exempt from contact policy."""
        return self.type == CampaignType.TRANSACTIONAL
