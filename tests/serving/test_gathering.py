from __future__ import annotations

import asyncio
from collections.abc import Sequence

from banditsvc.gathering import Gatherer


def _rounds(linger_seconds: float) -> list[int]:
    """Returns the sizes of the rounds for 40 callers, each of whom comes a turn of the loop after the one before."""

    async def story() -> list[int]:
        sizes: list[int] = []

        async def work(items: Sequence[int]) -> Sequence[int]:
            sizes.append(len(items))
            for _ in range(3):
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


def test_a_round_waits_while_more_keep_coming() -> None:
    """The first never waits for others; after a round of several the next takes all who keep coming."""
    first, second, *others = _rounds(linger_seconds=60.0)
    assert 1 == first
    assert [40 - first - second] == others


def test_no_round_waits_without_a_linger() -> None:
    """Where no linger is allowed, a round takes who came during the one before."""
    sizes = _rounds(linger_seconds=0.0)
    assert 40 == sum(sizes)
    assert 5 >= max(sizes)
