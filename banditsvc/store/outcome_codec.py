"""Stored outcomes: of a log that hears much, most records.

A body of schema 2 names no fields: each value of an Outcome has its place, which halves it and is read and written in a
third of the time. Within the schema, fields may be added at the end of the class, with a default, and nothing else.
Bodies of schema 1 name every field.
"""

from __future__ import annotations

import msgspec

from banditsvc.core.outcome import Outcome, OutcomeType
from banditsvc.store.codec import Codec, encoded, read_payload

_SCHEMA = 2
_PREFIX = bytes([_SCHEMA])


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


class OutcomeCodec(Codec[Outcome]):
    """Writes and reads the bodies of outcomes. Safe to use from several threads."""

    def __init__(self) -> None:
        super().__init__(Outcome)
        self._named: Codec[_Named] = Codec(_Named)

    def encode(self, value: Outcome) -> bytes:
        """Returns the body of an outcome."""
        return _PREFIX + encoded(value)

    def decode(self, body: bytes) -> Outcome:
        """Returns the outcome of a body.

        Raises:
            StoreMismatch: The body has a schema that this version of the software does not know.
            StoreDamaged: The body cannot be read.
        """
        if body[:1] != _PREFIX:
            return Outcome(*msgspec.structs.astuple(self._named.decode(body)))
        return read_payload(self._decoder.decode, body)


OUTCOMES = OutcomeCodec()
