"""Plain Python values to messages, by the message's own descriptor."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from google.protobuf.descriptor import EnumDescriptor, FieldDescriptor
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from google.protobuf.timestamp_pb2 import Timestamp

from banditsvc.plain.maps import is_map, map_value
from banditsvc.plain.values import enum_value, parse_span, parse_time
from banditsvc.v1 import context_pb2

M = TypeVar("M", bound=Message)
T = TypeVar("T")


def message_of(kind: type[M], value: M | Mapping[str, Any]) -> M:
    """Returns a message made of plain values: mappings, sequences, numbers, texts.

    A Timestamp may be a datetime with a time zone or an RFC 3339 text, a Duration a timedelta, a text ("7d") or a number
    of seconds, an enum value its name with or without the prefix ("GTM"), a feature any of number, text, bool and list
    of texts, and favourites a list. None leaves a field unset. A message is returned as it is.

    Raises:
        TypeError: A name is no field of the message, or a value does not fit its field.
    """
    if isinstance(value, kind):
        return value
    if not isinstance(value, Mapping):
        raise TypeError(f"{kind.DESCRIPTOR.name} takes a mapping or a {kind.DESCRIPTOR.name}, not {value!r}")
    fields = kind.DESCRIPTOR.fields_by_name
    if unknown := [name for name in value if name not in fields]:
        raise TypeError(f"{kind.DESCRIPTOR.name} has no {', '.join(unknown)}; it has {', '.join(fields)}")
    return kind(**{name: _field(fields[name], given) for name, given in value.items() if given is not None})


def time_of(value: object) -> Timestamp:
    """Returns a time as a Timestamp.

    Raises:
        TypeError: It is no time, or does not say its time zone.
    """
    if isinstance(value, Timestamp):
        return value
    moment = _fitting(parse_time, value) if isinstance(value, str) else value
    if not isinstance(moment, datetime) or moment.tzinfo is None:
        raise TypeError(f"a time is a datetime with a time zone, an RFC 3339 text or a Timestamp, not {value!r}")
    stamp = Timestamp()
    stamp.FromDatetime(moment.astimezone(UTC))
    return stamp


def _fitting(parse: Callable[[str], T], text: str) -> T:
    try:
        return parse(text)
    except ValueError as error:
        raise TypeError(str(error)) from None


def _field(field: Any, value: Any) -> Any:
    if is_map(field):
        return _map(field, value)
    if field.is_repeated:
        if isinstance(value, str) or not isinstance(value, Sequence):
            raise TypeError(f"{field.name} takes a list, not {value!r}")
        return [_single(field, item) for item in value]
    return _single(field, value)


def _map(field: FieldDescriptor, value: Any) -> dict[str, Any]:
    if field.name == "favourites" and not isinstance(value, Mapping):
        return dict.fromkeys(value, 1.0)
    entry = map_value(field)
    return {key: _single(entry, item) for key, item in value.items()}


def _single(field: FieldDescriptor, value: Any) -> Any:
    if field.enum_type is not None:
        return _enum_number(field.enum_type, value)
    if field.message_type is None:
        return value
    kind: type[Message] = GetMessageClass(field.message_type)
    if kind is Timestamp:
        return time_of(value)
    if kind is Duration:
        return _duration(value)
    if kind is context_pb2.FeatureValue:
        return _feature(value)
    return message_of(kind, value)


def _enum_number(kind: EnumDescriptor, value: Any) -> int:
    return value if isinstance(value, int) else _fitting(partial(enum_value, kind), value)


def _duration(value: Any) -> Duration:
    if isinstance(value, Duration):
        return value
    parsed = _fitting(parse_span, value) if isinstance(value, str) else value
    span = Duration()
    span.FromTimedelta(parsed if isinstance(parsed, timedelta) else timedelta(seconds=parsed))
    return span


def _feature(value: Any) -> context_pb2.FeatureValue:
    if isinstance(value, context_pb2.FeatureValue):
        return value
    # bool first: a bool is an int, and so would pass for a number.
    if isinstance(value, bool):
        return context_pb2.FeatureValue(flag=value)
    if isinstance(value, str):
        return context_pb2.FeatureValue(text=value)
    if isinstance(value, (list, tuple, set, frozenset)):
        return context_pb2.FeatureValue(texts=context_pb2.TextList(texts=sorted(value)))
    return context_pb2.FeatureValue(number=value)
