"""Stored outcomes: of a log that hears much, most records.

A body of schema 3 holds what the columns of its row do not say, each value in its place. Within the schema, fields may be
added at the end of _Rest, with a default, and nothing else. Bodies of schema 2 hold all values of an Outcome, each in its
place, and those of schema 1 name every field.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import Any, NamedTuple

import msgspec

from banditsvc.core.outcome import Outcome, OutcomeType
from banditsvc.store.codec import Codec, encoded, read_payload

_PREFIX = bytes([3])
_PREFIX_OF_WHOLE = bytes([2])


class _Named(msgspec.Struct, kw_only=True):
    """A body of schema 1; the fields have the places of an Outcome's."""

    portfolio_id: str
    outcome_id: str
    type: OutcomeType
    occur_time_us: int
    custom_type: str = ""
    amount: float | None = None
    revision: int = 0
    machine: bool = False
    decision_id: str = ""
    customer_id: str = ""
    campaign_id: str = ""
    refunded_outcome_id: str = ""
    channel: str = ""


class _Rest(NamedTuple):
    """A body of schema 3."""

    type: OutcomeType
    custom_type: str
    amount: float | None
    machine: bool
    campaign_id: str
    refunded_outcome_id: str
    channel: str


_NAMED: Codec[_Named] = Codec(_Named)
_WHOLE: msgspec.msgpack.Decoder[Outcome] = msgspec.msgpack.Decoder(Outcome)
_REST: msgspec.msgpack.Decoder[_Rest] = msgspec.msgpack.Decoder(_Rest)
# What its own _make does, without a Python function for each.
_outcome: Callable[[tuple[Any, ...]], Outcome] = partial(tuple.__new__, Outcome)


def outcome_rows(outcomes: Sequence[Outcome], positions: Sequence[int | None], time_us: int) -> list[tuple[Any, ...]]:
    """Returns the rows of outcomes in the table of that name, of those that have a position."""
    # All in one go: of outcomes there may be thousands in a group.
    refund = OutcomeType.REFUND
    return [
        (
            position,
            time_us,
            portfolio_id,
            outcome_id,
            revision,
            decision_id or None,
            customer_id or None,
            occur_time_us,
            (refunded_id or None) if kind is refund else None,
            _PREFIX + encoded((kind, custom_type, amount, machine, campaign_id, refunded_id, channel)),
        )
        for position, (
            portfolio_id,
            outcome_id,
            kind,
            occur_time_us,
            custom_type,
            amount,
            revision,
            machine,
            decision_id,
            customer_id,
            campaign_id,
            refunded_id,
            channel,
        ) in zip(positions, outcomes, strict=True)
        if position is not None
    ]


def outcome_of(columns: Sequence[Any]) -> Outcome:
    """Returns the outcome of a row.

    Args:
        columns: portfolio_id, outcome_id, revision, decision_id, customer_id, occur_time_us and body.

    Raises:
        StoreMismatch: The body has a schema that this version of the software does not know.
        StoreDamaged: The body cannot be read.
    """
    portfolio_id, outcome_id, revision, decision_id, customer_id, occur_time_us, body = columns
    if body[:1] != _PREFIX:
        return _older(body)
    kind, custom_type, amount, machine, campaign_id, refunded_id, channel = _rest(body)
    said = (portfolio_id, outcome_id, kind, occur_time_us, custom_type, amount, revision, machine)
    return _outcome((*said, decision_id or "", customer_id or "", campaign_id, refunded_id, channel))


@lru_cache(maxsize=1_000)
def _rest(body: bytes) -> _Rest:
    # Many are the same.
    return read_payload(_REST.decode, body)


def _older(body: bytes) -> Outcome:
    if body[:1] == _PREFIX_OF_WHOLE:
        return read_payload(_WHOLE.decode, body)
    return Outcome(*msgspec.structs.astuple(_NAMED.decode(body)))
