"""Sends as they are read: of a stored decision when it goes out, if it does, the rest passed over unread."""

from __future__ import annotations

import msgspec

from banditsvc.core.decision import Result
from banditsvc.core.send import Send
from banditsvc.store.codec import read_payload
from banditsvc.store.decision_codec import DECISIONS, PREFIX

_Unread = msgspec.Raw
"""What may be long. To read a short value takes no longer than to pass over it."""


class _Input(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """The places of decision_codec's, as far as they are read."""

    context: _Unread
    portfolio_id: str
    customer_id: str
    send_time_us: int
    candidates: _Unread
    excluded: _Unread
    occasion: str
    supersedes: str
    channel: str
    placement: str
    defer_activation: bool
    is_test: bool


class _Send(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """The same."""

    input: _Input
    learned: _Unread
    contact: _Unread
    decision_id: str
    result: Result


_SENDS: msgspec.msgpack.Decoder[_Send] = msgspec.msgpack.Decoder(_Send)


def decode_send(body: bytes) -> Send:
    """Returns the send of a decision's body.

    Raises:
        StoreMismatch: The body has a schema that this version of the software does not know.
        StoreDamaged: The body cannot be read.
    """
    return read_payload(_SENDS.decode, body) if body[:1] == PREFIX else DECISIONS.decode(body)
