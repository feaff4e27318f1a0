"""Fields of messages as their bytes, for what is sent too often for a message of each to be made.

The encoding is that of protobuf (protobuf.dev/programming-guides/encoding). Put behind one another, the bytes of messages
of one kind are those of all of them merged.
"""

from __future__ import annotations

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

_FIXED64, _LENGTH_DELIMITED = 1, 2
_WIRE_TYPES = {
    FieldDescriptor.TYPE_DOUBLE: _FIXED64,
    FieldDescriptor.TYPE_STRING: _LENGTH_DELIMITED,
    FieldDescriptor.TYPE_MESSAGE: _LENGTH_DELIMITED,
}
_LAST = [bytes([number]) for number in range(0x80)]
_CONTINUED = [bytes([number | 0x80]) for number in range(0x80)]


def field_tag(message: type[Message], field: str) -> bytes:
    """Returns what stands before the value of a field: of doubles, texts and messages alone."""
    descriptor = message.DESCRIPTOR.fields_by_name[field]
    return varint(descriptor.number << 3 | _WIRE_TYPES[descriptor.type])


def varint(number: int) -> bytes:
    """Returns a whole number of at least 0."""
    if number < 0x80:
        return _LAST[number]
    return _CONTINUED[number & 0x7F] + varint(number >> 7)


def with_length(tag: bytes, value: bytes) -> bytes:
    """Returns a field that is a message, from its tag and its value."""
    return tag + varint(len(value)) + value


def text_field(tag: bytes, text: str) -> bytes:
    """Returns a field that is a text."""
    return with_length(tag, text.encode())
