"""Arbitrary messages: every field set or not, with values at home anywhere in its type."""

from __future__ import annotations

from typing import Any, TypeVar

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from hypothesis import strategies as st

from tests.rpc.live import START_SECONDS

M = TypeVar("M", bound=Message)

_TEXTS = st.one_of(
    st.sampled_from(["", "shop", "c1", "sale", "news", "NO_CONTACT", "EUR", "x" * 128, "x" * 129, "a\nb", "\x00", "é"]),
    st.text(max_size=6),
)
_DOUBLES = st.one_of(st.sampled_from([0.0, -0.0, 0.5, 1.0, -1.0, 1e13, 1e300]), st.floats())
_INT32 = st.one_of(st.integers(-2, 12), st.integers(-(2**31), 2**31 - 1))
_INT64 = st.one_of(st.integers(-2, 12), st.just(1_800_000_000), st.integers(-(2**63), 2**63 - 1))
Scalars = dict[int, st.SearchStrategy[Any]]
WILD: Scalars = {
    FieldDescriptor.CPPTYPE_STRING: _TEXTS,
    FieldDescriptor.CPPTYPE_DOUBLE: _DOUBLES,
    FieldDescriptor.CPPTYPE_INT32: _INT32,
    FieldDescriptor.CPPTYPE_ENUM: _INT32,
    FieldDescriptor.CPPTYPE_INT64: _INT64,
    FieldDescriptor.CPPTYPE_BOOL: st.booleans(),
}
"""Values from anywhere in their type: most messages are refused."""
TAME: Scalars = {
    FieldDescriptor.CPPTYPE_STRING: st.sampled_from(["shop", "c1", "c2", "sale", "news"]),
    FieldDescriptor.CPPTYPE_DOUBLE: st.sampled_from([0.0, 0.5, 1.0]),
    FieldDescriptor.CPPTYPE_INT32: st.integers(0, 5),
    FieldDescriptor.CPPTYPE_ENUM: st.integers(0, 3),
    FieldDescriptor.CPPTYPE_INT64: st.sampled_from([0, 1, START_SECONDS]),
    FieldDescriptor.CPPTYPE_BOOL: st.booleans(),
}
"""Values that are mostly right: many messages get past their reader."""


@st.composite
def messages(draw: st.DrawFn, kind: type[M], scalars: Scalars = WILD) -> M:
    """Gives messages of a kind."""
    return kind(**draw(_members(kind.DESCRIPTOR, scalars)))


@st.composite
def _members(draw: st.DrawFn, kind: Any, scalars: Scalars) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for field in kind.fields:
        in_oneof = field.containing_oneof is not None and len(field.containing_oneof.fields) > 1
        if not in_oneof and draw(st.integers(0, 3)):
            members[field.name] = draw(_values(field, scalars))
    for oneof in kind.oneofs:
        chosen = draw(st.sampled_from([None, *oneof.fields])) if len(oneof.fields) > 1 else None
        if chosen is not None:
            members[chosen.name] = draw(_values(chosen, scalars))
    return members


def _values(field: Any, scalars: Scalars) -> st.SearchStrategy[Any]:
    kind = field.message_type
    if kind is not None and kind.GetOptions().map_entry:
        names = scalars[FieldDescriptor.CPPTYPE_STRING]
        return st.dictionaries(names, _single(kind.fields_by_name["value"], scalars), max_size=3)
    return st.lists(_single(field, scalars), max_size=3) if field.is_repeated else _single(field, scalars)


def _single(field: Any, scalars: Scalars) -> st.SearchStrategy[Any]:
    if field.message_type is None:
        return scalars[field.cpp_type]
    return messages(GetMessageClass(field.message_type), scalars)
