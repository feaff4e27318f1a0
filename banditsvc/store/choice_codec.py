"""Choices as they are read: of a stored decision what settling and learning look at, the rest passed over unread."""

from __future__ import annotations

from functools import lru_cache
from math import nan

import msgspec

from banditsvc.core.assignment_group import AssignmentGroup
from banditsvc.core.campaign import Campaign
from banditsvc.core.choice import Choice
from banditsvc.core.contact import Contact
from banditsvc.core.context import CustomerContext
from banditsvc.core.decision import DecidedBy, GhostDecision, Result, place_of_pair
from banditsvc.store.decision_codec import DECISIONS, PREFIX, StoredContact, StoredContext
from banditsvc.store.errors import StoreDamaged

_Unread = msgspec.Raw
_MOST_LISTS = 256
"""Lists of candidates that are kept: most requests have one of few."""


@lru_cache(maxsize=_MOST_LISTS)
def _candidates(packed: bytes) -> tuple[str | Campaign, ...]:
    found: tuple[str | Campaign, ...] = _LISTS.decode(packed)
    return found


_LISTS: msgspec.msgpack.Decoder[tuple[str | Campaign, ...]] = msgspec.msgpack.Decoder(tuple[str | Campaign, ...])
_CONTACTS: msgspec.msgpack.Decoder[StoredContact | None] = msgspec.msgpack.Decoder(StoredContact | None)


class _Input(msgspec.Struct, array_like=True, frozen=True):
    """The places of decision_codec's, as far as they are read."""

    stored_context: StoredContext
    portfolio_id: str
    customer_id: str
    send_time_us: int
    packed_candidates: msgspec.Raw
    excluded: _Unread
    occasion: _Unread
    supersedes: _Unread
    channel: str
    placement: str
    defer_activation: bool
    is_test: bool

    @property
    def context(self) -> CustomerContext:
        """Returns what was known of the customer."""
        return msgspec.convert(self.stored_context, CustomerContext, from_attributes=True)

    @property
    def candidates(self) -> tuple[str | Campaign, ...]:
        """Returns what the caller offered."""
        return _candidates(bytes(self.packed_candidates))


class _Choice(msgspec.Struct, array_like=True, frozen=True):
    """The same."""

    input: _Input
    learned: _Unread
    packed_contact: msgspec.Raw
    decision_id: str
    result: Result
    decided_by: DecidedBy
    campaign_id: str
    eligible: tuple[str, ...]
    selection_probabilities: tuple[float, ...]
    predicted_rewards: _Unread
    treatments: tuple[str, ...]
    treatment_id: str
    levers: _Unread
    rejections: _Unread
    explored: _Unread
    group: AssignmentGroup
    group_share: _Unread
    draw_attempt: _Unread
    portfolio_version: _Unread
    policy_version: _Unread
    model_version: _Unread
    learner_version: _Unread
    encoder_version: _Unread
    catalogue_version: int
    force_reason: _Unread
    shadow: _Unread
    draws: _Unread = msgspec.Raw(b"\x90")
    would_have_sent: GhostDecision | None = None

    @property
    def counted_contact(self) -> Contact | None:
        """Returns what Decision.counted_contact does; likewise the others."""
        if self.would_have_sent is not None:
            return self.would_have_sent.contact
        stored = _CONTACTS.decode(self.packed_contact)
        return None if stored is None else msgspec.convert(stored, Contact, from_attributes=True)

    @property
    def is_probability_known(self) -> bool:
        return bool(self.selection_probabilities) or not self.campaign_id

    @property
    def arm_probability(self) -> float:
        if not self.is_probability_known:
            return nan
        return self.selection_probabilities[self.chosen_place] if self.campaign_id else 1.0

    @property
    def chosen_place(self) -> int:
        return place_of_pair(self.campaign_id, self.treatment_id, self.eligible, self.treatments)


_CHOICES: msgspec.msgpack.Decoder[_Choice] = msgspec.msgpack.Decoder(_Choice)


def decode_choice(body: bytes) -> Choice:
    """Returns the choice of a decision's body.

    Raises:
        StoreMismatch: The body has a schema that this version of the software does not know.
        StoreDamaged: The body cannot be read.
    """
    if body[:1] != PREFIX:
        return DECISIONS.decode(body)
    try:
        return _CHOICES.decode(memoryview(body)[1:])
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise StoreDamaged(f"a stored body cannot be read: {error}") from error
