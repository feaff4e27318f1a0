"""Batch calls: each item has its own status, and other calls get their turn in between."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from google.rpc import status_pb2

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


async def answer_batch(
    requests: Sequence[Q], read: Callable[[Q], C], act: Callable[[list[C]], Awaitable[Sequence[A | BanditError]]]
) -> list[A | BanditError]:
    """Returns an answer or an error for each request, in request order.

    Requests are taken in order, a chunk at a time, so equal ids behave like calls in a row. Between chunks other
    calls run.

    Args:
        requests: The items of the batch.
        read: Parses one item; may raise a BanditError, which is that item's alone.
        act: Answers parsed items, in order.
    """
    answers: list[A | BanditError] = []
    for start in range(0, len(requests), CHUNK_SIZE):
        if start:
            await asyncio.sleep(0)
        answers += await _answer_chunk(requests[start : start + CHUNK_SIZE], read, act, start)
    return answers


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


def error_fields(error: BanditError) -> dict[str, status_pb2.Status]:
    """Returns the members of a batch result that failed."""
    return {"status": status_of(error)}
