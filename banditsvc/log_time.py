"""Moments as log time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
"""Time 0 of the log."""


def log_time(name: str, moment: datetime) -> int:
    """Returns a moment in microseconds since 1970.

    Args:
        name: Of what was given, for the error.
        moment: With a time zone.

    Raises:
        ValueError: It has no time zone.
    """
    if moment.tzinfo is None:
        raise ValueError(f"{name} needs a time zone, such as datetime.UTC")
    return (moment - EPOCH) // timedelta(microseconds=1)
