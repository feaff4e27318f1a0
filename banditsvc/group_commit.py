"""Group commit: many requests, one transaction, one fsync; each is answered after its commit."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from banditsvc.core.errors import LogUnavailable
from banditsvc.ports import Clock, Commit, DecisionLog, LogRecord


@dataclass(frozen=True, slots=True)
class _Waiting:
    records: Sequence[LogRecord]
    committed: asyncio.Future[Commit]


class GroupCommitter:
    """Gathers records while the commit before them runs, and appends them together.

    Records keep their order, within and across calls. A lone caller waits for one commit only; after a group of more
    than one, the next waits `linger_seconds` for the callers that have just been answered, so that nobody waits twice.
    """

    def __init__(
        self, log: DecisionLog, clock: Clock, *, linger_seconds: float = 0.0005, max_group_records: int = 5_000
    ) -> None:
        self._log = log
        self._clock = clock
        self._linger_seconds = linger_seconds
        self._max_group_records = max_group_records
        self._waiting: list[_Waiting] = []
        self._drain: asyncio.Task[None] | None = None
        self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="log-writer")
        self._closed = False

    async def append(self, records: Sequence[LogRecord]) -> Commit:
        """Returns what `DecisionLog.append` did with these records, once they are durable.

        A caller that is cancelled meanwhile does not stop the commit. An empty append stores the watermark only.

        Raises:
            LogFull: The disk is full; nothing of the group was written.
            LogUnavailable: The commit failed, or the service is shutting down.
        """
        if self._closed:
            raise LogUnavailable("the service is shutting down; repeat the request with the same ids")
        committed: asyncio.Future[Commit] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(records, committed))
        if self._drain is None:
            self._drain = asyncio.create_task(self._drain_waiting())
        return await committed

    async def close(self) -> None:
        """Commits what is waiting and takes no more."""
        self._closed = True
        while self._drain is not None:
            await self._drain
        self._writer.shutdown()

    async def _drain_waiting(self) -> None:
        loop = asyncio.get_running_loop()
        group_size = 1
        try:
            while self._waiting:
                if group_size > 1 and self._linger_seconds:
                    await asyncio.sleep(self._linger_seconds)
                group = self._take_group()
                group_size = len(group)
                records = [record for waiting in group for record in waiting.records]
                try:
                    commit = await loop.run_in_executor(self._writer, self._log.append, records, self._clock.now_us())
                except Exception as error:  # noqa: BLE001 - whatever failed, every caller of the group must be told
                    _fail(group, error)
                else:
                    _answer(group, commit)
        finally:
            self._drain = None

    def _take_group(self) -> list[_Waiting]:
        size = count = 0
        for waiting in self._waiting:
            if count and size + len(waiting.records) > self._max_group_records:
                break
            size += len(waiting.records)
            count += 1
        group, self._waiting = self._waiting[:count], self._waiting[count:]
        return group


def _answer(group: Sequence[_Waiting], commit: Commit) -> None:
    start = 0
    for waiting in group:
        end = start + len(waiting.records)
        if not waiting.committed.done():
            waiting.committed.set_result(Commit(commit.record_time_us, commit.positions[start:end]))
        start = end


def _fail(group: Sequence[_Waiting], error: Exception) -> None:
    known = error if isinstance(error, LogUnavailable) else LogUnavailable("the decision log failed")
    for waiting in group:
        if not waiting.committed.done():
            waiting.committed.set_exception(known)
