from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

import pytest

from banditsvc.clock import SimulatedClock
from banditsvc.core.errors import LogFull, LogUnavailable
from banditsvc.group_commit import GroupCommitter
from banditsvc.ports import Commit, LogRecord, RelearnRequest
from banditsvc.store.memory import MemoryLog


class _CountingLog(MemoryLog):
    """A memory log that counts its commits and can be held up or made to fail."""

    def __init__(self) -> None:
        super().__init__()
        self.groups: list[int] = []
        self.go_on = threading.Event()
        self.go_on.set()
        self.error: Exception | None = None

    def append(self, records: Sequence[LogRecord], now_us: int) -> Commit:
        self.go_on.wait(timeout=5)
        if self.error is not None:
            raise self.error
        self.groups.append(len(records))
        return super().append(records, now_us)


def _record(number: int) -> RelearnRequest:
    return RelearnRequest(portfolio_id=f"p{number}")


def test_callers_share_commits() -> None:
    """Callers that come while a commit runs share the next one."""

    async def story() -> list[int]:
        log = _CountingLog()
        committer = GroupCommitter(log, SimulatedClock(1))
        log.go_on.clear()
        first = asyncio.create_task(committer.append([_record(0)]))
        await asyncio.sleep(0)
        others = [asyncio.create_task(committer.append([_record(number)])) for number in range(1, 20)]
        await asyncio.sleep(0)
        log.go_on.set()
        await asyncio.gather(first, *others)
        await committer.close()
        return log.groups

    assert [1, 19] == asyncio.run(story())


def test_each_caller_gets_its_own_positions() -> None:
    """Every caller is told the positions of its own records, in its own order."""

    async def story() -> list[tuple[int | None, ...]]:
        committer = GroupCommitter(MemoryLog(), SimulatedClock(1))
        commits = await asyncio.gather(
            committer.append([_record(1), _record(2)]), committer.append([]), committer.append([_record(3)])
        )
        await committer.close()
        return [commit.positions for commit in commits]

    assert [(1, 2), (), (3,)] == asyncio.run(story())


def test_groups_are_bounded() -> None:
    """A commit holds at most most_group_records, but for a call that is larger by itself."""

    async def story() -> list[int]:
        log = _CountingLog()
        committer = GroupCommitter(log, SimulatedClock(1), most_group_records=10)
        calls = [committer.append([_record(number)] * 6) for number in range(3)]
        await asyncio.gather(*calls, committer.append([_record(9)] * 25))
        await committer.close()
        return log.groups

    assert [6, 6, 6, 25] == asyncio.run(story())


def test_a_failed_commit_fails_every_caller_of_its_group_and_no_other() -> None:
    """When a commit fails, each of its callers is told so, and the next commit is tried."""

    async def story() -> tuple[list[object], Commit]:
        log = _CountingLog()
        committer = GroupCommitter(log, SimulatedClock(1))
        log.error = LogFull("the disk is full")
        failed = await asyncio.gather(
            *(committer.append([_record(number)]) for number in range(3)), return_exceptions=True
        )
        log.error = None
        stored = await committer.append([_record(9)])
        await committer.close()
        return list(failed), stored

    failed, stored = asyncio.run(story())

    assert [LogFull] * 3 == [type(error) for error in failed]
    assert (1,) == stored.positions


def test_an_unknown_failure_is_reported_as_unavailable() -> None:
    """Whatever a store raises, callers see LogUnavailable."""

    async def story() -> None:
        log = _CountingLog()
        log.error = RuntimeError("disk on fire")
        await GroupCommitter(log, SimulatedClock(1)).append([_record(1)])

    with pytest.raises(LogUnavailable):
        asyncio.run(story())


def test_close_commits_what_is_waiting() -> None:
    """Closing waits for every record that was taken in, and takes no more."""

    async def story() -> tuple[int, list[int]]:
        log = _CountingLog()
        committer = GroupCommitter(log, SimulatedClock(1))
        taken = [asyncio.create_task(committer.append([_record(number)])) for number in range(5)]
        await asyncio.sleep(0)
        await committer.close()
        await asyncio.gather(*taken)
        with pytest.raises(LogUnavailable):
            await committer.append([_record(9)])
        return log.watermark().position, log.groups

    position, groups = asyncio.run(story())

    assert 5 == position == sum(groups)


def test_a_cancelled_caller_does_not_stop_the_commit() -> None:
    """The records of a caller that has gone away are committed all the same."""

    async def story() -> int:
        log = _CountingLog()
        committer = GroupCommitter(log, SimulatedClock(1))
        log.go_on.clear()
        caller = asyncio.create_task(committer.append([_record(1)]))
        await asyncio.sleep(0.01)
        caller.cancel()
        log.go_on.set()
        await committer.close()
        return log.watermark().position

    assert 1 == asyncio.run(story())


def test_a_heartbeat_commits_only_where_nothing_else_did() -> None:
    """A heartbeat moves the watermark, and spares the log a commit if one came since the heartbeat before."""

    async def story() -> list[int]:
        log = _CountingLog()
        committer = GroupCommitter(log, SimulatedClock(1))
        await committer.heartbeat()
        await committer.append([_record(1)])
        await committer.heartbeat()
        await committer.heartbeat()
        await committer.close()
        return log.groups

    assert [0, 1, 0] == asyncio.run(story())
