"""Batch calls: each item has its own status, and other calls get their turn in between."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from typing import Any, TypeVar

from banditsvc.core.errors import BanditError, FieldViolation, InvalidRequest
from banditsvc.rpc.faults import below
from banditsvc.rpc.status import status_of

Q = TypeVar("Q")
C = TypeVar("C")
A = TypeVar("A")

MOST_ITEMS = 1000
CHUNK_SIZE = 100
"""Most items that are parsed and answered at a stretch."""
CHUNK_WEIGHT = 2_000
"""Most weight of a chunk, unless one item alone weighs more."""


def check_size(requests: Sequence[object], field: str = "requests") -> None:
    """Raises InvalidRequest when a batch has too many items in the field of this name."""
    if len(requests) > MOST_ITEMS:
        raise InvalidRequest([FieldViolation(field, f"must have at most {MOST_ITEMS:,} entries")])


async def answer_chunks(
    requests: Sequence[Q],
    read: Callable[[Q], C],
    act: Callable[[list[C]], Awaitable[Sequence[A | BanditError]]],
    weights: Sequence[int] | None = None,
    *,
    field: str = "requests",
) -> AsyncIterator[list[tuple[Q, A | BanditError]]]:
    """Gives each request with its answer or its error, in request order, a chunk at a time.

    A chunk is begun when the one before it is done, so equal ids behave like calls in a row. Between chunks other
    calls run.

    Args:
        requests: The items of the batch.
        read: Parses one item; may raise a BanditError, which is that item's alone.
        act: Answers parsed items, in order.
        weights: What each item costs, in units of which a chunk takes CHUNK_WEIGHT; None where all cost about the same.
        field: Name of the field that has the items; what is wrong with one is told by its path.
    """
    for chunk in _chunks(weights or [0] * len(requests)):
        if chunk.start:
            await asyncio.sleep(0)
        items = requests[chunk.start : chunk.stop]
        answers = await answer_chunk(items, read, act)
        for place, answer in enumerate(answers):
            if isinstance(answer, BanditError):
                answers[place] = within_batch(answer, f"{field}[{chunk.start + place}]")
        yield list(zip(items, answers, strict=True))


def _chunks(weights: Sequence[int]) -> Iterator[range]:
    """Gives the places of each chunk: as many items as fit, and at least one."""
    start = total = 0
    for place, weight in enumerate(weights):
        if place > start and (place - start == CHUNK_SIZE or total + weight > CHUNK_WEIGHT):
            yield range(start, place)
            start, total = place, 0
        total += weight
    if start < len(weights):
        yield range(start, len(weights))


async def answer_chunk(
    requests: Sequence[Q],
    read: Callable[[Q], C],
    act: Callable[[list[C]], Awaitable[Sequence[A | BanditError]]],
) -> list[A | BanditError]:
    """Returns the answer or the error of each request, all parsed and answered at a stretch; see answer_chunks."""
    errors: dict[int, BanditError] = {}
    calls: list[C] = []
    for place, request in enumerate(requests):
        try:
            calls.append(read(request))
        except BanditError as error:
            errors[place] = error
    acted = iter(await act(calls) if calls else ())
    if not errors:
        return list(acted)
    return [errors[place] if place in errors else next(acted) for place in range(len(requests))]


def within_batch(error: BanditError, path: str) -> BanditError:
    """Returns the error; the paths of an InvalidRequest start at the batch, `requests[3].customer_id`."""
    return below(path, error) if isinstance(error, InvalidRequest) else error


def result_fields(answer: A | BanditError, fields_of: Callable[[A], dict[str, Any]]) -> dict[str, Any]:
    """Returns the members of one result: its status, and its response where that is success."""
    if isinstance(answer, BanditError):
        return {"status": status_of(answer)}
    return {"status": {}, "response": fields_of(answer)}
