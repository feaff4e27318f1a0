"""Rules: who may get a campaign, as written. core/rules makes them run."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from banditsvc.core.rejection import FunnelStage


class FeatureType(IntEnum):
    """Type of a further feature of the context."""

    NUMBER = 1
    TEXT = 2
    FLAG = 3
    TEXTS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A condition under which a campaign stays. What is not known makes it false."""

    name: str
    expression: str
    stage: FunnelStage = FunnelStage.ELIGIBILITY
    """ELIGIBILITY, APPLICABILITY or SUITABILITY."""
    reason: str = ""
    """For people; empty means the expression."""
