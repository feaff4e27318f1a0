"""Gathering: what comes while a round runs is worked off together in the next one."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

I = TypeVar("I")  # noqa: E741 - an item, as R is its result
R = TypeVar("R")

_PAUSE_SECONDS = 0.001
"""The least that an event loop's timer keeps: uvloop takes less for nothing at all."""


class Gatherer(Generic[I, R]):
    """Works off items in rounds, one round at a time, in the order in which they came.

    A lone item never waits for others. After a round of more than one, the next waits until as many have come as have
    just been answered, who may come again, as long as more keep coming and `linger_seconds` at most: a round costs more
    than an item, and so the more there is to do, the less each costs.
    """

    def __init__(
        self,
        work: Callable[[Sequence[I]], Awaitable[Sequence[R]]],
        *,
        linger_seconds: float = 0.0,
        most_weight: int | None = None,
        weight_of: Callable[[I], int] = lambda _: 1,
    ) -> None:
        """Takes what works off a round: it returns one result per item, or raises, which fails the whole round.

        Args:
            work: Works off the items of a round.
            linger_seconds: How long a round waits at most for more items after a round of more than one.
            most_weight: Greatest weight of a round, but for a single item that is heavier by itself; None for any.
            weight_of: Weight of an item.
        """
        self._work = work
        self._linger_seconds = linger_seconds
        self._most_weight = most_weight
        self._weight_of = weight_of
        self._waiting: list[tuple[I, asyncio.Future[R]]] = []
        self._rounds: asyncio.Task[None] | None = None

    def submit(self, item: I) -> asyncio.Future[R]:
        """Returns the item's result, to be awaited. A caller that is cancelled meanwhile does not stop the round."""
        result: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, result))
        if self._rounds is None:
            self._rounds = asyncio.create_task(self._work_off())
        return result

    async def drain(self) -> None:
        """Returns once nothing is waiting."""
        while self._rounds is not None:
            await self._rounds

    async def _work_off(self) -> None:
        size = 1
        try:
            while self._waiting:
                if size > 1:
                    await self._linger(size)
                # Threads that wait for this core, such as those that bring further calls, come before a round.
                os.sched_yield()
                group = self._take_round()
                size = len(group)
                await self._work_off_round(group)
        finally:
            self._rounds = None

    async def _linger(self, answered: int) -> None:
        loop, waiting = asyncio.get_running_loop(), 0
        until = loop.time() + self._linger_seconds
        while waiting < len(self._waiting) < answered and loop.time() < until:
            waiting = len(self._waiting)
            await asyncio.sleep(_PAUSE_SECONDS)

    async def _work_off_round(self, group: Sequence[tuple[I, asyncio.Future[R]]]) -> None:
        try:
            results = await self._work([item for item, _ in group])
        except Exception as error:  # noqa: BLE001 - whatever failed, every caller of the round must be told
            for _, result in group:
                if not result.done():
                    result.set_exception(error)
            return
        for (_, result), value in zip(group, results, strict=True):
            if not result.done():
                result.set_result(value)

    def _take_round(self) -> list[tuple[I, asyncio.Future[R]]]:
        count = len(self._waiting)
        if self._most_weight is not None:
            weight = count = 0
            for item, _ in self._waiting:
                weight += self._weight_of(item)
                if count and weight > self._most_weight:
                    break
                count += 1
        group, self._waiting = self._waiting[:count], self._waiting[count:]
        return group
