"""Protobuf messages from plain values, as people write them in TOML and JSON files.

Beyond the JSON mapping of protobuf: enum values go by their short name (`CONVERSION`), spans are written `3d`, `12h`,
`90s`, times are RFC 3339 with an offset, a feature is a bare number, text, flag or list of texts, a candidate or a
feed may be its bare name, bin edges and crosses are bare lists, and a text may be a date or a time of day. Unknown
fields are errors.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time
from functools import partial
from typing import Any, TypeVar, cast

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from banditsvc.core.errors import FieldViolation, InvalidRequest
from banditsvc.plain.hint import unknown_field
from banditsvc.plain.maps import is_map, map_value
from banditsvc.plain.values import enum_value, parse_span, parse_time
from banditsvc.v1 import context_pb2, portfolio_pb2, ranking_pb2

M = TypeVar("M", bound=Message)

_PLACE = re.compile(r"\[[0-9]+\]")
_TAKEN = {"banditsvc.v1.Rule.stage": ("ELIGIBILITY", "APPLICABILITY", "SUITABILITY")}
"""Fields that take some values of their enum alone, with the short names of those."""


def parse_message(message_type: type[M], value: object, path: str = "") -> M:
    """Returns the message that a plain mapping describes.

    Raises:
        InvalidRequest: Some fields are unknown or of the wrong kind; all of them are named, below path.
    """
    message = message_type()
    violations: list[FieldViolation] = []
    _fill(message, value, path, violations)
    if violations:
        raise InvalidRequest(violations)
    return message


def _fill(message: Message, value: object, path: str, violations: list[FieldViolation]) -> None:
    descriptor = cast("Descriptor", message.DESCRIPTOR)
    value = _expand(descriptor, value)
    if not isinstance(value, Mapping):
        violations.append(FieldViolation(path or "(file)", f"is {_kind(value)}, not a table"))
        return
    violations += _given_together(descriptor, value, path)
    for name, item in value.items():
        field = descriptor.fields_by_name.get(name)
        where = f"{path}.{name}" if path else str(name)
        if field is None:
            violations.append(FieldViolation(where, unknown_field(descriptor, str(name))))
        else:
            _set(message, field, item, where, violations)


def _given_together(descriptor: Descriptor, value: Mapping[Any, object], path: str) -> Iterator[FieldViolation]:
    """Yields where several fields are given of which a message holds one."""
    for oneof in descriptor.oneofs:
        given = [field.name for field in oneof.fields if field.name in value]
        if len(given) > 1:
            where = f"{path}.{given[-1]}" if path else given[-1]
            yield FieldViolation(where, f"goes with no other: give one of {', '.join(given)}")


def _set(message: Message, field: FieldDescriptor, value: object, path: str, violations: list[FieldViolation]) -> None:
    if is_map(field):
        _set_map(message, field, value, path, violations)
    elif field.is_repeated:
        _set_list(message, field, value, path, violations)
    elif field.message_type is not None:
        target = getattr(message, field.name)
        target.SetInParent()
        _set_message(target, value, path, violations)
    else:
        _try(path, violations, lambda: setattr(message, field.name, _scalar(field, value)))


def _set_message(target: Message, value: object, path: str, violations: list[FieldViolation]) -> None:
    parse = _WELL_KNOWN.get(target.DESCRIPTOR.full_name)
    if parse is not None:
        _try(path, violations, partial(parse, target, value))
    else:
        _fill(target, value, path, violations)


def _set_map(
    message: Message, field: FieldDescriptor, value: object, path: str, violations: list[FieldViolation]
) -> None:
    if not isinstance(value, Mapping):
        violations.append(FieldViolation(path, f"is {_kind(value)}, not a table"))
        return
    target = getattr(message, field.name)
    values = map_value(field)
    for key, item in value.items():
        where = f"{path}[{json.dumps(key, ensure_ascii=False)}]"
        if values.message_type is not None:
            _fill(target[key], item, where, violations)
        else:
            _try(where, violations, partial(_put, target, key, values, item))


def _set_list(
    message: Message, field: FieldDescriptor, value: object, path: str, violations: list[FieldViolation]
) -> None:
    if not isinstance(value, list):
        hint = f": write [[{_PLACE.sub('', path)}]] before each" if isinstance(value, Mapping) else ""
        violations.append(FieldViolation(path, f"is {_kind(value)}, not a list{hint}"))
        return
    target = getattr(message, field.name)
    for index, item in enumerate(value):
        where = f"{path}[{index}]"
        if field.message_type is not None:
            _set_message(target.add(), item, where, violations)
        else:
            _try(where, violations, partial(_add, target, field, item))


def _put(target: Any, key: object, field: FieldDescriptor, item: object) -> None:
    target[key] = _scalar(field, item)


def _add(target: Any, field: FieldDescriptor, item: object) -> None:
    target.append(_scalar(field, item))


def _try(path: str, violations: list[FieldViolation], action: Callable[[], object]) -> None:
    try:
        action()
    except (ValueError, OverflowError) as error:
        violations.append(FieldViolation(path, str(error)))


def _scalar(field: FieldDescriptor, value: object) -> object:
    if field.enum_type is not None:
        text = _expect(str, value, "a name")
        return enum_value(field.enum_type, text, _TAKEN.get(field.full_name, ()))
    if field.type == FieldDescriptor.TYPE_BOOL:
        return _expect(bool, value, "true or false")
    if field.type == FieldDescriptor.TYPE_STRING:
        return _expect(str, _text_of_day(value), "a text")
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"is {_kind(value)}, not a number")
    if field.type == FieldDescriptor.TYPE_DOUBLE:
        return float(value)
    if value != int(value) if math.isfinite(value) else True:
        raise ValueError(f"is {value}, not a whole number")
    return int(value)


def _text_of_day(value: object) -> object:
    """Returns the text of a date or a time of day, which TOML has as values of their own, and all else as it is."""
    if isinstance(value, time):
        return f"{value:%H:%M}" if value == value.replace(second=0, microsecond=0) else value
    return value.isoformat() if isinstance(value, date) and not isinstance(value, datetime) else value


def _expect(kind: type[str | bool], value: object, wanted: str) -> Any:
    if not isinstance(value, kind):
        raise ValueError(f"is {_kind(value)}, not {wanted}")
    return value


def _timestamp(target: Message, value: object) -> None:
    assert isinstance(target, Timestamp)
    if isinstance(value, datetime):
        target.FromDatetime(parse_time(value.isoformat()))
    elif isinstance(value, date | time):
        raise ValueError(f"is {_kind(value)}, not a time with an offset, such as 2026-11-23T08:00:00Z")
    else:
        target.FromDatetime(parse_time(_expect(str, value, "a time")))


def _duration(target: Message, value: object) -> None:
    assert isinstance(target, Duration)
    target.FromTimedelta(parse_span(_expect(str, value, "a span such as 3d, 12h or 90s")))


_WELL_KNOWN: dict[str, Callable[[Message, object], None]] = {
    "google.protobuf.Timestamp": _timestamp,
    "google.protobuf.Duration": _duration,
}


def _feature(value: object) -> object:
    match value:
        case bool():
            return {"flag": value}
        case int() | float():
            return {"number": value}
        case str():
            return {"text": value}
        case list():
            return {"texts": {"texts": value}}
        case _:
            return value


def _pair(value: object) -> object:
    return dict(zip(("first", "second"), value, strict=True)) if isinstance(value, list) and len(value) == 2 else value


_SHORTHANDS: dict[str, Callable[[object], object]] = {
    context_pb2.FeatureValue.DESCRIPTOR.full_name: _feature,
    portfolio_pb2.Edges.DESCRIPTOR.full_name: lambda value: {"edges": value} if isinstance(value, list) else value,
    portfolio_pb2.Cross.DESCRIPTOR.full_name: _pair,
    portfolio_pb2.Feed.DESCRIPTOR.full_name: lambda value: {"type": value} if isinstance(value, str) else value,
    ranking_pb2.Candidate.DESCRIPTOR.full_name: (
        lambda value: {"campaign_id": value} if isinstance(value, str) else value
    ),
}


def _expand(descriptor: Descriptor, value: object) -> object:
    shorthand = _SHORTHANDS.get(descriptor.full_name)
    return shorthand(value) if shorthand else value


def _kind(value: object) -> str:
    names = {bool: "true or false", int: "a number", float: "a number", str: "a text", list: "a list", dict: "a table"}
    names |= {datetime: "a time", date: "a date", time: "a time of day"}
    return "nothing" if value is None else names.get(type(value), type(value).__name__)
