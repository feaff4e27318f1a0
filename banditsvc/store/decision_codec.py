"""Stored decisions: the bodies that are most of the log.

A body of schema 2 names no fields: each value has its place. That halves it, and with it what a commit writes. Within
the schema, fields may be added at the end of a class here, with a default, and nothing else. Bodies of schema 1, which
name every field, are read like those of other classes.
"""

from __future__ import annotations

from operator import attrgetter
from typing import Any

import msgspec

from banditsvc.core.assignment import AssignmentOwner
from banditsvc.core.assignment_group import AssignmentGroup
from banditsvc.core.campaign import Campaign
from banditsvc.core.consent import GivenConsent
from banditsvc.core.context import FeatureValue, LifecycleStage
from banditsvc.core.decision import DecidedBy, Decision, GhostDecision, Result, ShadowDecision
from banditsvc.core.rejection import Rejection
from banditsvc.core.traffic_split import TrafficSplit
from banditsvc.store.codec import Codec, encoded, read_payload

_SCHEMA = 2
PREFIX = bytes([_SCHEMA])


class StoredContext(msgspec.Struct, array_like=True, gc=False):
    """The places of a CustomerContext."""

    recency_days: float | None
    frequency: float | None
    monetary: float | None
    r: int | None
    f: int | None
    m: int | None
    segment: str | None
    lifecycle_stage: LifecycleStage | None
    favourites: dict[str, float]
    features: dict[str, FeatureValue]
    time_zone: str | None


class _Input(msgspec.Struct, array_like=True):
    context: StoredContext
    portfolio_id: str
    customer_id: str
    send_time_us: int
    candidates: tuple[str | Campaign, ...]
    excluded: tuple[str, ...]
    occasion: str
    supersedes: str
    channel: str
    placement: str
    defer_activation: bool
    is_test: bool
    has_send_time: bool
    assignment_key: str
    consents: tuple[GivenConsent, ...]
    forced_campaign_id: str
    force_reason: str


class _Learned(msgspec.Struct, array_like=True):
    learned_count: int
    reward_mean: float
    reward_deviation: float


class _Labels(msgspec.Struct, array_like=True):
    campaign_id: str
    type: int
    kind: int
    channel: str
    family: str
    category: str
    cost: float


class StoredContact(msgspec.Struct, array_like=True):
    """The places of a Contact."""

    campaign: _Labels
    organization_id: str
    portfolio_id: str
    customer_id: str
    contact_time_us: int
    hold_until_us: int | None
    is_ghost: bool = False


class _Draw(msgspec.Struct, array_like=True):
    owner: AssignmentOwner
    channel: str
    assignment_version: int
    group: AssignmentGroup
    shares: tuple[float, float, float, float]
    horizon_us: int


class _Decision(msgspec.Struct, array_like=True):
    input: _Input
    learned: _Learned
    contact: StoredContact | None
    decision_id: str
    result: Result
    decided_by: DecidedBy
    campaign_id: str
    eligible: tuple[str, ...]
    selection_probabilities: tuple[float, ...]
    predicted_rewards: tuple[tuple[float, ...], ...]
    treatments: tuple[str, ...]
    treatment_id: str
    levers: tuple[float, ...]
    rejections: tuple[Rejection, ...]
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
    shadow: ShadowDecision | None
    draws: tuple[_Draw, ...] = ()
    would_have_sent: GhostDecision | None = None
    predicted_deviations: tuple[float, ...] = ()
    traffic_split: TrafficSplit | None = None
    prices: tuple[float, ...] = ()


def _values_of(form: type[msgspec.Struct], nested: int = 0, end: int | None = None) -> Any:
    """Returns a function that gives the values of all fields but the nested ones, first and last, in their places."""
    # attrgetter makes the whole tuple at once, in a quarter of the time that giving each field takes.
    return attrgetter(*form.__struct_fields__[nested:end])


_context_values = _values_of(StoredContext)
_learned_values = _values_of(_Learned)
_labels_values = _values_of(_Labels)
_input_values = _values_of(_Input, 1)
_contact_values = _values_of(StoredContact, 1)
_draw_values = _values_of(_Draw)
_decision_values = _values_of(_Decision, 3, -5)


class DecisionCodec(Codec[Decision]):
    """Writes and reads the bodies of decisions. Safe to use from several threads."""

    def __init__(self) -> None:
        super().__init__(Decision)
        self._places: msgspec.msgpack.Decoder[_Decision] = msgspec.msgpack.Decoder(_Decision)

    def encode(self, value: Decision) -> bytes:
        """Returns the body of a decision."""
        asked, contact = value.input, value.contact
        return PREFIX + encoded(
            (
                (_context_values(asked.context), *_input_values(asked)),
                _learned_values(value.learned),
                None if contact is None else (_labels_values(contact.campaign), *_contact_values(contact)),
                *_decision_values(value),
                [_draw_values(draw) for draw in value.draws],
                value.would_have_sent,
                value.predicted_deviations,
                value.traffic_split,
                value.prices,
            )
        )

    def decode(self, body: bytes) -> Decision:
        """Returns the decision of a body.

        Raises:
            StoreMismatch: The body has a schema that this version of the software does not know.
            StoreDamaged: The body cannot be read.
        """
        if body[:1] != PREFIX:
            return super().decode(body)
        return read_payload(self._converted, body)

    def _converted(self, packed: memoryview) -> Decision:
        return msgspec.convert(self._places.decode(packed), Decision, from_attributes=True)


DECISIONS = DecisionCodec()
