"""What is known of a customer at the moment of a decision."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum

from msgspec import Struct, field

FeatureValue = bool | float | str | tuple[str, ...]
"""One named feature: a flag, a number, a text or a list of texts."""


class LifecycleStage(IntEnum):
    """Stage of a customer's life with the retailer."""

    PROSPECT = 1
    NEW = 2
    ACTIVE = 3
    HIGH_VALUE = 4
    AT_RISK = 5
    LAPSED = 6
    WON_BACK = 7


class CustomerContext(Struct, frozen=True, kw_only=True, gc=False):
    """What is known of a customer. None and absent mean unknown, which is not zero; an empty context is legal."""

    recency_days: float | None = None
    """Days since the last purchase, at least 0."""
    frequency: float | None = None
    """Number of purchases, at least 0."""
    monetary: float | None = None
    """Money spent in the portfolio's currency, at least 0."""
    r: int | None = None
    """Recency score, 1 to 5, 5 best; likewise f and m."""
    f: int | None = None
    m: int | None = None
    segment: str | None = None
    lifecycle_stage: LifecycleStage | None = None
    favourites: Mapping[str, float] = field(default_factory=dict)
    """Weight of each favourite category or brand."""
    features: Mapping[str, FeatureValue] = field(default_factory=dict)
    """Further named features."""
    time_zone: str | None = None
    """IANA name. Never a feature."""
