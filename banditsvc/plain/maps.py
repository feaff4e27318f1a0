"""Map fields, which protobuf describes as lists of entries."""

from __future__ import annotations

from google.protobuf.descriptor import FieldDescriptor


def is_map(field: FieldDescriptor) -> bool:
    """Returns whether a field is a map."""
    return field.message_type is not None and field.message_type.GetOptions().map_entry


def map_value(field: FieldDescriptor) -> FieldDescriptor:
    """Returns the field that describes a map's values."""
    assert field.message_type is not None
    return field.message_type.fields_by_name["value"]
