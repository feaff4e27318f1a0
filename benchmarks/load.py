"""Load from one thread: as many calls in flight as asked for, each with a message of its own, or so many a second."""

from __future__ import annotations

import selectors
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.http2_connection import Http2Connection

_CONNECTIONS = 8
_WAIT_SECONDS = 60.0


class LoadError(Exception):
    """The server did not answer in time."""


@dataclass(frozen=True, slots=True)
class LoadResult:
    """What a load measured."""

    calls_per_second: float
    seconds: NDArray[np.float64]
    """How long each call took, from the moment at which it was due."""


def run_load(
    address: str, method: str, messages: Sequence[bytes], *, in_flight: int, per_second: float | None = None
) -> LoadResult:
    """Sends messages in their order, over 8 connections or as many as calls are in flight.

    Args:
        address: host:port of the server.
        method: /service/method.
        messages: Serialised requests.
        in_flight: Most calls at a time.
        per_second: Calls that are due a second, evenly spaced; None for each call as soon as another is answered.

    Raises:
        CallFailed: A call was not answered with OK.
        LoadError: No call was answered for a minute.
    """
    connections = [Http2Connection(address, method) for _ in range(min(_CONNECTIONS, in_flight))]
    try:
        return _Run(connections, messages, in_flight, per_second).result()
    finally:
        for connection in connections:
            connection.close()


class _Run:
    def __init__(
        self,
        connections: Sequence[Http2Connection],
        messages: Sequence[bytes],
        in_flight: int,
        per_second: float | None,
    ) -> None:
        self._connections = connections
        self._messages = iter(enumerate(messages))
        self._most_each = in_flight // len(connections)
        self._spacing = None if per_second is None else 1.0 / per_second
        self._due: dict[tuple[int, int], float] = {}
        """When each call was due, by the place of its connection and its number there."""
        self._seconds: list[float] = []
        self._count = len(messages)
        self._begin = 0.0

    def result(self) -> LoadResult:
        with selectors.DefaultSelector() as selector:
            for place, connection in enumerate(self._connections):
                selector.register(connection.socket, selectors.EVENT_READ, place)
            self._begin = time.perf_counter()
            waiting = self._next()
            while len(self._seconds) < self._count:
                waiting = self._send(waiting)
                timeout = _WAIT_SECONDS
                if waiting is not None and self._free() is not None:
                    timeout = max(0.0, waiting[0] - time.perf_counter())
                ready = selector.select(timeout)
                if not ready and timeout == _WAIT_SECONDS:
                    raise LoadError(f"{len(self._due)} calls were not answered within {_WAIT_SECONDS:.0f} s")
                for key, _ in ready:
                    self._read(key.data)
        return LoadResult(self._count / (time.perf_counter() - self._begin), np.array(self._seconds))

    def _next(self) -> tuple[float, bytes] | None:
        """Returns when the next call is due, and its message; None after the last."""
        found = next(self._messages, None)
        if found is None:
            return None
        return (0.0 if self._spacing is None else self._begin + found[0] * self._spacing), found[1]

    def _free(self) -> int | None:
        """Returns the place of the least busy connection that may have another call."""
        place = min(range(len(self._connections)), key=lambda one: self._connections[one].active)
        return place if self._connections[place].active < self._most_each else None

    def _send(self, waiting: tuple[float, bytes] | None) -> tuple[float, bytes] | None:
        """Starts every call that is due; returns the next one."""
        now = time.perf_counter()
        while waiting is not None and waiting[0] <= now:
            place = self._free()
            if place is None:
                break
            self._due[place, self._connections[place].call(waiting[1])] = waiting[0] or now
            waiting = self._next()
        for connection in self._connections:
            connection.flush()
        return waiting

    def _read(self, place: int) -> None:
        for stream in self._connections[place].answered():
            self._seconds.append(time.perf_counter() - self._due.pop((place, stream)))


def repeated(messages: Sequence[bytes], count: int) -> list[bytes]:
    """Returns so many messages, those given in turn."""
    return [messages[place % len(messages)] for place in range(count)]
