from __future__ import annotations

import asyncio
from collections.abc import Sequence

from banditsvc.gathering import Gatherer


def _rounds(linger_seconds: float) -> list[int]:
    """Returns the sizes of the rounds for 40 callers, each of whom comes a turn of the loop after the one before.

    The first two rounds take five turns each, those after them one.
    """

    async def story() -> list[int]:
        sizes: list[int] = []

        async def work(items: Sequence[int]) -> Sequence[int]:
            sizes.append(len(items))
            for _ in range(5 if len(sizes) <= 2 else 1):
                await asyncio.sleep(0)
            return items

        gatherer = Gatherer(work, linger_seconds=linger_seconds)

        async def caller(number: int) -> int:
            for _ in range(number):
                await asyncio.sleep(0)
            return await gatherer.submit(number)

        assert list(range(40)) == await asyncio.gather(*[caller(number) for number in range(40)])
        return sizes

    return asyncio.run(story())


def test_a_round_waits_for_as_many_as_were_answered() -> None:
    """The first never waits for others; a round after one of several has as many as that while more keep coming."""
    first, second, *others, _ = _rounds(linger_seconds=60.0)
    assert 1 == first
    assert second >= 5
    assert min(others) >= second


def test_no_round_waits_without_a_linger() -> None:
    """Where no linger is allowed, a round takes who came during the one before."""
    sizes = _rounds(linger_seconds=0.0)
    assert 40 == sum(sizes)
    assert 2 >= max(sizes[4:])
