"""The short name of an enum's value."""

from __future__ import annotations

from typing import Any

from banditsvc.plain import short_name


def enum_name(enum: Any, number: int) -> str:
    """Returns the short name of a value, such as CAMPAIGN, or its number where a newer service has added it."""
    known = enum.DESCRIPTOR.values_by_number.get(number)
    return short_name(known.name, enum.DESCRIPTOR) if known else str(number)
