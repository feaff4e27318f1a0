"""The laws of the clocks."""

from __future__ import annotations

import time

import pytest

from banditsvc.clock import SimulatedClock, SystemClock


def test_the_system_clock_shows_the_time() -> None:
    """SystemClock shows microseconds since the Unix epoch."""
    before = time.time_ns() // 1000
    assert before <= SystemClock().now_us() <= time.time_ns() // 1000


def test_the_system_clock_never_goes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the machine's clock is put back SystemClock stands still until it is passed again."""
    clock = SystemClock()
    shown = []
    for now_us in (10, 20, 5, 19, 30):
        monkeypatch.setattr(time, "time_ns", lambda now_us=now_us: now_us * 1000)
        shown.append(clock.now_us())
    assert shown == [10, 20, 20, 20, 30]


def test_the_simulated_clock_stands_until_set() -> None:
    """SimulatedClock shows what it was last set to, and the same time may be set again."""
    clock = SimulatedClock(5)
    assert clock.now_us() == clock.now_us() == 5
    clock.set_us(5)
    clock.set_us(9)
    assert clock.now_us() == 9


def test_the_simulated_clock_is_not_set_back() -> None:
    """Setting SimulatedClock to an earlier time raises and changes nothing."""
    clock = SimulatedClock(5)
    with pytest.raises(ValueError, match="cannot go back"):
        clock.set_us(4)
    assert clock.now_us() == 5
