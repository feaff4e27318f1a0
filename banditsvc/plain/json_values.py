"""Protobuf messages as values for JSON."""

from __future__ import annotations

import math
from typing import Any, cast

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from banditsvc.plain.maps import is_map, map_value
from banditsvc.plain.values import short_name


def json_values(message: Message) -> dict[str, object]:
    """Returns a message as values for JSON: whole numbers as numbers, enum values by their short names.

    Fields without presence are always there, others when they are set. A number that JSON does not know is None.
    """
    values: dict[str, object] = {}
    for field in cast("Descriptor", message.DESCRIPTOR).fields:
        if field.has_presence and not message.HasField(field.name):
            continue
        value = getattr(message, field.name)
        if is_map(field):
            values[field.name] = {key: _value(map_value(field), value[key]) for key in sorted(value)}
        elif field.is_repeated:
            values[field.name] = [_value(field, item) for item in value]
        else:
            values[field.name] = _value(field, value)
    return values


def _value(field: FieldDescriptor, value: Any) -> object:
    if isinstance(value, Timestamp | Duration):
        return value.ToJsonString()
    if isinstance(value, Message):
        return json_values(value)
    if field.enum_type is not None:
        known = field.enum_type.values_by_number.get(value)
        return short_name(known.name, field.enum_type) if known else value
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
