"""Rejections: why a campaign was dropped on its way through the funnel."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class FunnelStage(IntEnum):
    """Stages of the funnel, in order."""

    CONSENT = 1
    VALIDITY = 2
    ELIGIBILITY = 3
    APPLICABILITY = 4
    SUITABILITY = 5
    CONTACT_POLICY = 6
    CAPACITY = 7


@dataclass(frozen=True, slots=True)
class Rejection:
    """Says why a campaign was dropped."""

    campaign_id: str
    stage: FunnelStage
    rule: str
    reason: str
