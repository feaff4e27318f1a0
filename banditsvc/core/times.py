"""Times and spans in plain Python: whole microseconds since the Unix epoch, UTC."""

from __future__ import annotations

SECOND_US = 1_000_000
HOUR_US = 3600 * SECOND_US
DAY_US = 24 * HOUR_US
