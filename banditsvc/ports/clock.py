"""The clock."""

from __future__ import annotations

from typing import Protocol


class Clock(Protocol):
    """The service's only source of the present time."""

    def now_us(self) -> int:
        """Returns the present time; it may repeat, it never goes back while the process lives."""
        ...
