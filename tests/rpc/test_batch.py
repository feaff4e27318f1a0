"""How batches are worked through."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from banditsvc.core.errors import BanditError, FieldViolation, InvalidRequest, NotFound
from banditsvc.rpc.batch import CHUNK_SIZE, CHUNK_WEIGHT, answer_chunks, check_size

laws = settings(derandomize=True, deadline=None, max_examples=100)


def read(number: int) -> int:
    """Refuses multiples of three."""
    if number % 3 == 0:
        raise InvalidRequest([FieldViolation("number", "must not be a multiple of three")])
    return number


async def answer(numbers: list[int]) -> list[int | BanditError]:
    """Doubles numbers, and knows no multiples of five."""
    await asyncio.sleep(0)
    return [NotFound("number", str(number)) if number % 5 == 0 else 2 * number for number in numbers]


async def answer_batch(
    requests: Sequence[int], act: Callable[[list[int]], Awaitable[list[int | BanditError]]]
) -> list[int | BanditError]:
    """Returns all answers of a batch."""
    return [found async for chunk in answer_chunks(requests, read, act) for _, found in chunk]


def test_answers_are_in_request_order() -> None:
    """Every item has its answer or its own error, at its own place, however many chunks there are."""
    count = 2 * CHUNK_SIZE + 7
    answers = asyncio.run(answer_batch(range(count), answer))
    assert count == len(answers)
    for number, found in enumerate(answers):
        if number % 3 == 0:
            assert isinstance(found, InvalidRequest)
            assert [f"requests[{number}].number"] == [violation.field for violation in found.violations]
        elif number % 5 == 0:
            assert isinstance(found, NotFound)
        else:
            assert 2 * number == found


def test_other_calls_run_in_between() -> None:
    """A batch gives way between chunks, also when its calls never wait."""
    log: list[str] = []

    async def at_once(numbers: list[int]) -> list[int | BanditError]:
        log.append("chunk")
        return list(numbers)

    async def other() -> None:
        log.append("other")

    async def story() -> None:
        batch = asyncio.ensure_future(answer_batch(range(1, 3 * CHUNK_SIZE, 3), at_once))
        await asyncio.sleep(0)
        await other()
        await batch
        again = asyncio.ensure_future(answer_batch([1] * (2 * CHUNK_SIZE), at_once))
        await asyncio.sleep(0)
        await other()
        await again

    asyncio.run(story())
    assert ["chunk", "other", "chunk", "other", "chunk"] == log


@laws
@given(st.lists(st.integers(0, 2 * CHUNK_WEIGHT) | st.integers(0, 30), max_size=3 * CHUNK_SIZE))
def test_a_chunk_has_no_more_than_its_weight(weights: list[int]) -> None:
    """Items are answered in order, in chunks that a further item would make too long or too heavy."""

    async def story() -> list[list[int]]:
        async def at_once(numbers: list[int]) -> list[int | BanditError]:
            return list(numbers)

        chunks = answer_chunks(range(len(weights)), lambda place: place, at_once, weights)
        return [[place for place, _ in chunk] async for chunk in chunks]

    chunks = asyncio.run(story())
    assert list(range(len(weights))) == [place for chunk in chunks for place in chunk]
    for chunk, following in zip(chunks, [*chunks, []][1:], strict=True):
        weight = sum(weights[place] for place in chunk)
        assert len(chunk) <= CHUNK_SIZE
        assert len(chunk) == 1 or weight <= CHUNK_WEIGHT
        if following:
            assert len(chunk) == CHUNK_SIZE or weight + weights[following[0]] > CHUNK_WEIGHT


def test_the_size_is_limited() -> None:
    """A batch of 1,000 is right, one of 1,001 is refused as a whole."""
    check_size(range(1000))
    with pytest.raises(InvalidRequest):
        check_size(range(1001))
