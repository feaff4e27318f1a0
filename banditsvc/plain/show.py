"""Protobuf messages as plain text, field by field."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from banditsvc.plain.maps import is_map, map_value
from banditsvc.plain.values import number_text, short_name, span_text
from banditsvc.v1 import context_pb2


def plain_fields(message: Message, path: str = "", *, unset: bool = False) -> dict[str, str]:
    """Returns every set field of a message by its path, each value as people would write it.

    Args:
        message: What to show.
        path: What every path begins with.
        unset: Also give the message's own fields that cannot tell unset from 0, false or an empty text.
    """
    fields = dict(_flatten(message, path))
    if not unset:
        return fields
    shown: dict[str, str] = {}
    for field in cast("Descriptor", message.DESCRIPTOR).fields:
        where = f"{path}.{field.name}" if path else field.name
        if not (field.has_presence or field.is_repeated):
            shown |= _show(field, getattr(message, field.name), where)
        shown |= {name: value for name, value in fields.items() if _is_below(name, where)}
    return shown


def _is_below(name: str, path: str) -> bool:
    return name == path or name.startswith((f"{path}.", f"{path}["))


def _flatten(message: Message, path: str) -> Iterator[tuple[str, str]]:
    for field, value in message.ListFields():
        where = f"{path}.{field.name}" if path else field.name
        if is_map(field):
            for key in sorted(value):
                yield from _show(map_value(field), value[key], f"{where}.{key}")
        elif field.is_repeated and field.message_type is None:
            yield where, f"[{', '.join(_scalar(field, item) for item in value)}]"
        elif field.is_repeated:
            for index, item in enumerate(value):
                yield from _show(field, item, f"{where}[{index}]")
        else:
            yield from _show(field, value, where)


def _show(field: FieldDescriptor, value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Timestamp):
        yield path, value.ToJsonString()
    elif isinstance(value, Duration):
        yield path, span_text(value.ToTimedelta())
    elif isinstance(value, context_pb2.FeatureValue):
        yield path, _feature(value)
    elif isinstance(value, Message):
        inner = list(_flatten(value, path))
        yield from inner or [(path, "(default)")]
    else:
        yield path, _scalar(field, value)


def _scalar(field: FieldDescriptor, value: Any) -> str:
    if field.enum_type is not None:
        return short_name(field.enum_type.values_by_number[value].name, field.enum_type)
    if isinstance(value, bool):
        return str(value).lower()
    return number_text(value) if isinstance(value, float) else str(value)


def _feature(feature: context_pb2.FeatureValue) -> str:
    texts = [value for _, value in _flatten(feature, "")]
    return texts[0] if texts else "(default)"
