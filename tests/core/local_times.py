"""Times for tests, as people write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from banditsvc.core.time_zones import zone


def at(text: str, zone_name: str = "UTC") -> int:
    """Returns the microseconds of a local time such as 2026-11-22T09:30."""
    moment = datetime.fromisoformat(text).replace(tzinfo=zone(zone_name))
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
