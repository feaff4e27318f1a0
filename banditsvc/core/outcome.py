"""Outcomes: what happened, and up to when that is known."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple


class OutcomeType(IntEnum):
    """What happened."""

    DELIVERED = 1
    OPEN = 2
    CLICK = 3
    CONVERSION = 4
    REVENUE = 5
    REFUND = 6
    UNSUBSCRIBE = 7
    COMPLAINT = 8
    CUSTOM = 9


class OutcomeStatus(IntEnum):
    """What became of a posted outcome; the numbers are those of the proto file, which explains each."""

    ACCEPTED = 1
    DUPLICATE = 2
    REVISED = 3
    CONFLICT = 4
    LATE = 5
    OUT_OF_WINDOW = 6
    BEFORE_SEND = 7
    NOT_ACTIVATED = 8
    UNKNOWN_DECISION = 9
    STALE_REVISION = 10
    NOT_SENT = 11


class Outcome(NamedTuple):
    """One outcome as posted, stored once and never changed; a higher revision of the same id restates it.

    A tuple, as they come by the thousand, and making one takes a fifth of the time of a data class.
    """

    portfolio_id: str
    outcome_id: str
    type: OutcomeType
    occur_time_us: int
    custom_type: str = ""
    amount: float | None = None
    """In the portfolio's currency; None for outcomes that only count. An amount of 0 is an answer, None is too."""
    revision: int = 0
    machine: bool = False
    decision_id: str = ""
    customer_id: str = ""
    """Exactly one of decision_id and customer_id is set; a refund may have neither."""
    campaign_id: str = ""
    refunded_outcome_id: str = ""
    channel: str = ""
    """Of an UNSUBSCRIBE or COMPLAINT: the channel that it blocks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """One feed of outcomes: a type, and its name where the type is CUSTOM."""

    type: OutcomeType
    custom_type: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedMark:
    """Every outcome of this feed that occurred before complete_through has been posted."""

    portfolio_id: str
    feed: Feed
    complete_through_us: int
