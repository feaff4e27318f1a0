"""Times, spans and enum values as people write them."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from google.protobuf.descriptor import EnumDescriptor

SPAN_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
"""Units of a written span."""
WHOLE_BELOW = 1e15
"""Whole numbers from here on are written with an exponent."""


def parse_time(text: str) -> datetime:
    """Returns the time of an RFC 3339 text, such as 2026-11-23T08:00:00Z.

    Raises:
        ValueError: It is no such text, or has no offset from UTC.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f"{text!r} is no RFC 3339 time, such as 2026-11-23T08:00:00Z") from None
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no offset from UTC: write {moment.isoformat()}Z or {moment.isoformat()}+01:00")
    return moment.astimezone(UTC)


def parse_span(text: str) -> timedelta:
    """Returns the span of a text such as 3d, 12h, 1h30m or 90s.

    Raises:
        ValueError: It is no such text.
    """
    if not re.fullmatch(r"(\d+(\.\d+)?[smhdw])+", text.strip()):
        raise ValueError(f"{text!r} is no span: write 3d, 12h, 30m or 90s")
    parts = re.findall(r"(\d+(?:\.\d+)?)([smhdw])", text)
    return timedelta(seconds=sum(float(number) * SPAN_SECONDS[unit] for number, unit in parts))


def span_text(span: timedelta) -> str:
    """Returns a span as parse_span reads it, in the largest unit of which it is a whole number: 14d, 36h, 90s."""
    for unit in ("d", "h", "m"):
        count, rest = divmod(span, timedelta(seconds=SPAN_SECONDS[unit]))
        if count and not rest:
            return f"{count}{unit}"
    return f"{number_text(span.total_seconds())}s"


def number_text(number: float) -> str:
    """Returns a number as people write it: 1 and not 1.0, and otherwise every digit that matters."""
    if float(number).is_integer() and abs(number) < WHOLE_BELOW:
        return str(int(number))
    return repr(number)


def enum_value(enum: EnumDescriptor, text: str, taken: Collection[str] = ()) -> int:
    """Returns the number of an enum value given by its short or full name, in any case.

    Args:
        enum: The enum.
        text: The name.
        taken: Short names of the values that may be given here; none means all.

    Raises:
        ValueError: The enum has no such value, or it may not be given here; the message lists those that may.
    """
    names = {short_name(value.name, enum): value.number for value in enum.values if value.number}
    names = {name: number for name, number in names.items() if not taken or name in taken}
    wanted = short_name(text.strip().upper().replace("-", "_"), enum)
    if wanted not in names:
        raise ValueError(f"{text!r} is none of {', '.join(names)}")
    return names[wanted]


def short_name(name: str, enum: EnumDescriptor) -> str:
    """Returns an enum value's name without the prefix that the enum's name makes."""
    return name.removeprefix(re.sub(r"(?<!^)(?=[A-Z])", "_", enum.name).upper() + "_")
