"""The time of a world: day 0 starts at midnight (UTC) of its start_date."""

from __future__ import annotations

from datetime import UTC, datetime, time

from banditsvc.core.times import DAY_US, SECOND_US
from simulators.worlds.world_spec import WorldSpec


def start_us(spec: WorldSpec) -> int:
    """Returns the midnight at which day 0 starts."""
    return int(datetime.combine(spec.start_date, time(), UTC).timestamp()) * SECOND_US


def day_us(spec: WorldSpec, day: int) -> int:
    """Returns the midnight at which a day starts: when its customers are decided for."""
    return start_us(spec) + day * DAY_US
