"""Consent: what a customer has agreed to, by purpose and channel."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class ConsentState(IntEnum):
    """What a customer said."""

    GRANTED = 1
    DENIED = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenConsent:
    """What a request says of consent."""

    purpose: str = ""
    """Empty means every purpose, for a denial."""
    channel: str = ""
    """Empty means every channel."""
    state: ConsentState


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """One word of a customer on record, for all portfolios of an organization."""

    organization_id: str
    customer_id: str
    purpose: str = ""
    """Empty means every purpose, for a denial."""
    channel: str = ""
    """Empty means every channel."""
    state: ConsentState
    consent_time_us: int
    cause: str = ""
    """UNSUBSCRIBE or COMPLAINT where an outcome said so."""
