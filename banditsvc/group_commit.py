"""Group commit: many requests, one transaction, one fsync; each is answered after its commit."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from banditsvc.core.errors import LogUnavailable
from banditsvc.gathering import Gatherer
from banditsvc.ports import Clock, Commit, DecisionLog, LogRecord

_MOST_GROUP_RECORDS = 5_000


class GroupCommitter:
    """Gathers records while the commit before them runs, and appends them together, in the order in which they came."""

    def __init__(
        self,
        log: DecisionLog,
        clock: Clock,
        *,
        linger_seconds: float = 0.004,
        most_group_records: int = _MOST_GROUP_RECORDS,
    ) -> None:
        self._log = log
        self._clock = clock
        self.linger_seconds = linger_seconds
        self._gatherer: Gatherer[Sequence[LogRecord], Commit] = Gatherer(
            self._commit, linger_seconds=linger_seconds, most_weight=most_group_records, weight_of=len
        )
        self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="log-writer")
        self._closed = False
        self._has_committed = False
        """Since the last heartbeat."""

    def now_us(self) -> int:
        """Returns the time that a commit which began now would carry, or a little less."""
        return max(self._clock.now_us(), self._log.watermark().time_us)

    async def append(self, records: Sequence[LogRecord]) -> Commit:
        """Returns what `DecisionLog.append` did with these records, once they are durable.

        A caller that is cancelled meanwhile does not stop the commit. An empty append stores the watermark only.

        Raises:
            LogFull: The disk is full; nothing of the group was written.
            LogUnavailable: The commit failed, or the service is shutting down.
        """
        if self._closed:
            raise LogUnavailable("the service is shutting down; repeat the request with the same ids")
        return await self._gatherer.submit(records)

    async def heartbeat(self) -> None:
        """Moves the log's watermark on, unless a commit has done so since the heartbeat before."""
        if not self._has_committed:
            await self.append([])
        self._has_committed = False

    async def close(self) -> None:
        """Commits what is waiting and takes no more."""
        self._closed = True
        await self._gatherer.drain()
        self._writer.shutdown()

    async def _commit(self, group: Sequence[Sequence[LogRecord]]) -> list[Commit]:
        records = [record for waiting in group for record in waiting]
        loop = asyncio.get_running_loop()
        try:
            commit = await loop.run_in_executor(self._writer, self._log.append, records, self._clock.now_us())
        except LogUnavailable:
            raise
        except Exception as error:
            raise LogUnavailable("the decision log failed") from error
        self._has_committed = True
        commits = []
        start = 0
        for waiting in group:
            end = start + len(waiting)
            commits.append(Commit(commit.record_time_us, commit.positions[start:end]))
            start = end
        return commits
