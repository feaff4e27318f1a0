"""Clocks: the real one and one that tests and simulations set."""

from __future__ import annotations

import threading
import time


class SystemClock:
    """The machine's clock, held where the machine's own goes back."""

    def __init__(self) -> None:
        self._last_us = 0
        self._lock = threading.Lock()

    def now_us(self) -> int:
        """Returns the present time in microseconds since the Unix epoch, UTC; it never goes back."""
        with self._lock:
            self._last_us = max(self._last_us, time.time_ns() // 1000)
            return self._last_us


class SimulatedClock:
    """A clock that stands still until it is set, and that is set forward only."""

    def __init__(self, start_us: int = 0) -> None:
        self._now_us = start_us
        self._lock = threading.Lock()

    def now_us(self) -> int:
        """Returns the time that was last set, in microseconds since the Unix epoch, UTC."""
        return self._now_us

    def set_us(self, now_us: int) -> None:
        """Sets the clock; setting it to the time that it shows changes nothing.

        Raises:
            ValueError: now_us is before the time that the clock shows.
        """
        with self._lock:
            if now_us < self._now_us:
                raise ValueError(f"the simulated clock stands at {self._now_us} us and cannot go back to {now_us} us")
            self._now_us = now_us
