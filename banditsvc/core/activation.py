"""Activations: what became of a decision."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from banditsvc.core.contact import Contact


class ActivationState(IntEnum):
    """What became of a decision. SUPERSEDED is set by a later Rank, never by a caller."""

    SENT = 1
    NOT_SENT = 2
    REPLACED_BY = 3
    SUPERSEDED = 4


class ActivationStatus(IntEnum):
    """What became of a posted activation."""

    ACCEPTED = 1
    DUPLICATE = 2
    EXPIRED = 3
    CAMPAIGN_PAUSED = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Activation:
    """The first word on a decision stands: one activation per decision."""

    decision_id: str
    portfolio_id: str
    state: ActivationState
    activate_time_us: int
    """When it went out, or did not. The outcome window of a SENT decision starts here."""
    replaced_by: str = ""
    """Campaign that went out instead (REPLACED_BY), or decision that took its place (SUPERSEDED)."""
    reason: str = ""
    contact: Contact | None = None
    """What it takes of contact policy and capacity in the place of what the decision took; None: nothing."""
