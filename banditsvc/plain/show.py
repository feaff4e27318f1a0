"""Protobuf messages as plain text, field by field."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from banditsvc.plain.maps import is_map, map_value
from banditsvc.plain.values import short_name


def plain_fields(message: Message, path: str = "") -> dict[str, str]:
    """Returns every set field of a message by its path, each value as people would write it."""
    return dict(_flatten(message, path))


def _flatten(message: Message, path: str) -> Iterator[tuple[str, str]]:
    for field, value in message.ListFields():
        where = f"{path}.{field.name}" if path else field.name
        if is_map(field):
            for key in sorted(value):
                yield from _show(map_value(field), value[key], f"{where}.{key}")
        elif field.is_repeated:
            for index, item in enumerate(value):
                yield from _show(field, item, f"{where}[{index}]")
        else:
            yield from _show(field, value, where)


def _show(field: FieldDescriptor, value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Timestamp):
        yield path, value.ToJsonString()
    elif isinstance(value, Duration):
        yield path, str(value.ToTimedelta())
    elif isinstance(value, Message):
        inner = list(_flatten(value, path))
        yield from inner or [(path, "(default)")]
    elif field.enum_type is not None:
        yield path, short_name(field.enum_type.values_by_number[value].name, field.enum_type)
    else:
        yield path, str(value).lower() if isinstance(value, bool) else str(value)
