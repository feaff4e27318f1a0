"""What calls leave behind is let go."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from banditsvc.rpc import leftovers
from banditsvc.rpc.leftovers import Leftovers


class _Call:
    """What a call leaves: it refers to itself."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def _seldom() -> Iterator[None]:
    """Python does not look for garbage by itself."""
    before = gc.get_threshold()
    gc.set_threshold(1_000_000)
    yield
    gc.set_threshold(*before)


def test_what_small_calls_leave_is_let_go_by_their_number() -> None:
    """After so many calls, each with a request and a response, nothing is left of them."""
    left = Leftovers()
    calls: list[weakref.ref[_Call]] = []
    for _ in range(leftovers.CALLS):
        assert not calls or calls[0]() is not None
        calls.append(weakref.ref(_Call()))
        left.note(b"request")
        left.note(b"response")
    assert {None} == {call() for call in calls}


def test_what_large_calls_leave_is_let_go_by_their_size() -> None:
    """Messages of so many bytes are enough, however few."""
    left, call = Leftovers(), weakref.ref(_Call())
    left.note(bytes(leftovers.BYTES - 1))
    assert call() is not None
    left.note(b"x")
    assert call() is None


def test_what_was_in_use_is_looked_at_again() -> None:
    """A call that was in flight when garbage was looked for is let go later."""
    left, in_flight = Leftovers(), _Call()
    call = weakref.ref(in_flight)
    large = bytes(leftovers.BYTES)
    left.note(large)
    del in_flight
    for _ in range(20):
        left.note(large)
    assert call() is None
