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


def log_span(since: datetime | None, until: datetime | None) -> tuple[int | None, int | None]:
    """Returns since <= time < until in microseconds since 1970; None is no end.

    Raises:
        ValueError: A time has no time zone.
    """
    return (
        None if since is None else log_time("since", since),
        None if until is None else log_time("until", until),
    )
