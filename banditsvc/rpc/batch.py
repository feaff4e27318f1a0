"""Batch calls: each item has its own status, and other calls get their turn in between."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, TypeVar

from banditsvc.core.errors import BanditError, FieldViolation, InvalidRequest
from banditsvc.rpc.faults import below
from banditsvc.rpc.status import status_of

Q = TypeVar("Q")
C = TypeVar("C")
A = TypeVar("A")

MOST_ITEMS = 1000
CHUNK_SIZE = 100
"""Items that are parsed and answered at a stretch."""


def check_size(requests: Sequence[object]) -> None:
    """Raises InvalidRequest when a batch has too many items."""
    if len(requests) > MOST_ITEMS:
        raise InvalidRequest([FieldViolation("requests", f"must have at most {MOST_ITEMS:,} entries")])


async def answer_chunks(
    requests: Sequence[Q], read: Callable[[Q], C], act: Callable[[list[C]], Awaitable[Sequence[A | BanditError]]]
) -> AsyncIterator[list[tuple[Q, A | BanditError]]]:
    """Gives each request with its answer or its error, in request order, a chunk at a time.

    A chunk is begun when the one before it is done, so equal ids behave like calls in a row. Between chunks other
    calls run.

    Args:
        requests: The items of the batch.
        read: Parses one item; may raise a BanditError, which is that item's alone.
        act: Answers parsed items, in order.
    """
    for start in range(0, len(requests), CHUNK_SIZE):
        if start:
            await asyncio.sleep(0)
        chunk = requests[start : start + CHUNK_SIZE]
        answers = await _answer_chunk(chunk, read, act, start)
        yield list(zip(chunk, answers, strict=True))


async def _answer_chunk(
    requests: Sequence[Q],
    read: Callable[[Q], C],
    act: Callable[[list[C]], Awaitable[Sequence[A | BanditError]]],
    first: int,
) -> list[A | BanditError]:
    errors: dict[int, BanditError] = {}
    calls: list[C] = []
    for place, request in enumerate(requests):
        try:
            calls.append(read(request))
        except BanditError as error:
            errors[place] = error
    acted = iter(await act(calls)) if calls else iter(())
    answers = [errors[place] if place in errors else next(acted) for place in range(len(requests))]
    return [_within_batch(answer, first + place) for place, answer in enumerate(answers)]


def _within_batch(answer: A | BanditError, index: int) -> A | BanditError:
    """Returns the answer; the paths of an InvalidRequest start at the batch, `requests[3].customer_id`."""
    return below(f"requests[{index}]", answer) if isinstance(answer, InvalidRequest) else answer


def result_fields(answer: A | BanditError, fields_of: Callable[[A], dict[str, Any]]) -> dict[str, Any]:
    """Returns the members of one result: its status, and its response where that is success."""
    if isinstance(answer, BanditError):
        return {"status": status_of(answer)}
    return {"status": {}, "response": fields_of(answer)}
