"""Choices as they are read: of a stored decision what settling and learning look at, the rest passed over unread."""

from __future__ import annotations

import struct
from functools import lru_cache
from math import nan

import msgspec

from banditsvc.core.assignment_group import AssignmentGroup
from banditsvc.core.campaign import Campaign, described_among
from banditsvc.core.choice import Choice
from banditsvc.core.contact import Contact
from banditsvc.core.context import CustomerContext
from banditsvc.core.decision import DecidedBy, GhostDecision, Result, place_of_pair
from banditsvc.store.codec import read_payload
from banditsvc.store.decision_codec import DECISIONS, PREFIX, StoredContact, StoredContext

_Unread = msgspec.Raw
"""What may be long. To read a short value takes no longer than to pass over it."""
_MOST_LISTS = 1024
"""Lists of ids that are kept: most decisions have one of few."""


@lru_cache(maxsize=_MOST_LISTS)
def _candidates(packed: bytes) -> tuple[str | Campaign, ...]:
    found: tuple[str | Campaign, ...] = _LISTS.decode(packed)
    return found


@lru_cache(maxsize=_MOST_LISTS)
def _eligible(packed: bytes) -> tuple[str, ...]:
    found: tuple[str, ...] = _IDS.decode(packed)
    return found


_IDS: msgspec.msgpack.Decoder[tuple[str, ...]] = msgspec.msgpack.Decoder(tuple[str, ...])
_PROBABILITIES: msgspec.msgpack.Decoder[tuple[float, ...]] = msgspec.msgpack.Decoder(tuple[float, ...])
_LISTS: msgspec.msgpack.Decoder[tuple[str | Campaign, ...]] = msgspec.msgpack.Decoder(tuple[str | Campaign, ...])
_NUMBER, _PACKED_NUMBER = struct.Struct(">xd"), 9
"""A number in MessagePack: a byte that says so, and a double."""
_LIST_HEADS = frozenset({1, 3, 5})
"""Bytes before the first entry of a list, by how long it is."""
_CONTACTS: msgspec.msgpack.Decoder[StoredContact | None] = msgspec.msgpack.Decoder(StoredContact | None)


class _Input(msgspec.Struct, frozen=True, gc=False):
    """A ChoiceInput."""

    known: StoredContext
    portfolio_id: str
    customer_id: str
    send_time_us: int
    candidates: tuple[str | Campaign, ...]
    channel: str
    placement: str
    defer_activation: bool
    is_test: bool

    @property
    def context(self) -> CustomerContext:
        """Returns what was known of the customer."""
        return msgspec.convert(self.known, CustomerContext, from_attributes=True)

    def described(self, campaign_id: str) -> Campaign | None:
        """Returns what RankInput's does."""
        return described_among(self.candidates, campaign_id)


class _Choice(msgspec.Struct, frozen=True, gc=False):
    """A Choice. Nothing of it holds the body: a page of them stays in the processor's cache."""

    input: _Input
    decision_id: str
    result: Result
    decided_by: DecidedBy
    campaign_id: str
    treatment_id: str
    eligible: tuple[str, ...]
    treatments: tuple[str, ...]
    packed_probabilities: bytes
    group: AssignmentGroup
    catalogue_version: int
    would_have_sent: GhostDecision | None
    packed_contact: bytes

    @property
    def selection_probabilities(self) -> tuple[float, ...]:
        """Returns the probabilities beside what was eligible."""
        return _PROBABILITIES.decode(self.packed_probabilities)

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
        if not self.campaign_id:
            return 1.0
        packed, count = self.packed_probabilities, len(self.eligible)
        head = len(packed) - _PACKED_NUMBER * count
        if count and head in _LIST_HEADS:
            # Each takes as many bytes as one can, so that the wanted one alone is read.
            found: float = _NUMBER.unpack_from(packed, head + _PACKED_NUMBER * self.chosen_place)[0]
            return found
        probabilities = self.selection_probabilities
        return probabilities[self.chosen_place] if probabilities else nan

    @property
    def chosen_place(self) -> int:
        return place_of_pair(self.campaign_id, self.treatment_id, self.eligible, self.treatments)


class _InputPlaces(msgspec.Struct, array_like=True, gc=False):
    """The places of decision_codec's, as far as they are read."""

    context: StoredContext
    portfolio_id: str
    customer_id: str
    send_time_us: int
    candidates: msgspec.Raw
    excluded: _Unread
    occasion: str
    supersedes: str
    channel: str
    placement: str
    defer_activation: bool
    is_test: bool


class _Places(msgspec.Struct, array_like=True, gc=False):
    """The same."""

    input: _InputPlaces
    learned: _Unread
    contact: msgspec.Raw
    decision_id: str
    result: Result
    decided_by: DecidedBy
    campaign_id: str
    eligible: msgspec.Raw
    selection_probabilities: msgspec.Raw
    predicted_rewards: _Unread
    treatments: tuple[str, ...]
    treatment_id: str
    levers: _Unread
    rejections: _Unread
    explored: bool
    group: AssignmentGroup
    group_share: float
    draw_attempt: int
    portfolio_version: int
    policy_version: int
    model_version: str
    learner_version: int
    encoder_version: int
    catalogue_version: int
    force_reason: str
    shadow: _Unread
    draws: _Unread = msgspec.Raw(b"\x90")
    would_have_sent: GhostDecision | None = None


_PLACES: msgspec.msgpack.Decoder[_Places] = msgspec.msgpack.Decoder(_Places)


def _choice(packed: memoryview) -> _Choice:
    stored = _PLACES.decode(packed)
    asked = stored.input
    return _Choice(
        _Input(
            asked.context,
            asked.portfolio_id,
            asked.customer_id,
            asked.send_time_us,
            _candidates(bytes(asked.candidates)),
            asked.channel,
            asked.placement,
            asked.defer_activation,
            asked.is_test,
        ),
        stored.decision_id,
        stored.result,
        stored.decided_by,
        stored.campaign_id,
        stored.treatment_id,
        _eligible(bytes(stored.eligible)),
        stored.treatments,
        bytes(stored.selection_probabilities),
        stored.group,
        stored.catalogue_version,
        stored.would_have_sent,
        bytes(stored.contact),
    )


def decode_choice(body: bytes) -> Choice:
    """Returns the choice of a decision's body.

    Raises:
        StoreMismatch: The body has a schema that this version of the software does not know.
        StoreDamaged: The body cannot be read.
    """
    return read_payload(_choice, body) if body[:1] == PREFIX else DECISIONS.decode(body)
