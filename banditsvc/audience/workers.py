"""Worker processes that decide parts, and the one order in which what they made counts."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, ThreadPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from banditsvc.audience.fork_server import start_fork_server
from banditsvc.audience.part_job import DecidedPart, begin_deciding, decide_part
from banditsvc.audience.rooms_between_parts import may_differ, rooms_after
from banditsvc.core.room import Room
from banditsvc.store.part_index import index_path
from banditsvc.usage_error import UsageError
from banditsvc.whole_file import sync_file
from banditsvc.worker_processes import worker_processes

_AHEAD = 3
"""Parts for each worker that are at work, or wait to be taken: the disk need not hold more, nor be decided in vain."""


class WorkerLost(UsageError):
    """A worker process ended without an answer."""


@dataclass(slots=True)
class PartsInOrder:
    """Decides parts side by side, and takes each once all before it are taken.

    How much of each capacity is left for a part is known once those before it are decided. Until then a part is decided
    as if they took nothing; where that may have made a difference, it is decided again.
    """

    pool: ProcessPoolExecutor
    job_path: Path
    directory: Path
    """Where parts are written."""
    workers: int
    rooms: Sequence[Room]
    """As they are before the first part."""
    _at_work: dict[Future[DecidedPart], int] = field(default_factory=dict)
    _assumed: dict[int, Sequence[Room]] = field(default_factory=dict)
    _decided: dict[int, DecidedPart] = field(default_factory=dict)

    def decide(self, first: int, parts: int, take: Callable[[DecidedPart], None]) -> None:
        """Decides the parts from first on, and hands them over in their order.

        Raises:
            WorkerLost: A worker was killed.
            OSError: A part cannot be written.
        """
        begun = taken = first
        ahead = _AHEAD * self.workers
        # Each waits for a part, and then for the disk: meanwhile its worker decides another.
        disk = ThreadPoolExecutor(ahead)
        try:
            while taken < parts:
                while begun < min(parts, taken + ahead):
                    self._begin(begun, disk)
                    begun += 1
                if taken not in self._decided:
                    for future in wait(self._at_work, return_when=FIRST_COMPLETED).done:
                        self._decided[self._at_work.pop(future)] = future.result()
                while (part := self._decided.pop(taken, None)) is not None:
                    if may_differ(self._assumed.pop(taken), self.rooms, part.contacts):
                        self._begin(taken, disk)
                        break
                    take(part)
                    self.rooms = rooms_after(self.rooms, part.contacts)
                    taken += 1
        except BrokenProcessPool:
            raise WorkerLost(
                "a worker process ended without an answer; was it killed, or out of memory? Parts that are finished are "
                "kept: run the same command again, perhaps with fewer --workers"
            ) from None
        finally:
            disk.shutdown(wait=False, cancel_futures=True)

    def _begin(self, number: int, disk: ThreadPoolExecutor) -> None:
        self._assumed[number] = self.rooms
        path = self.directory / f"part-{number:05d}.parquet"
        deciding = self.pool.submit(decide_part, self.job_path, number, self.rooms, path)
        self._at_work[disk.submit(_on_disk, deciding)] = number


def _on_disk(deciding: Future[DecidedPart]) -> DecidedPart:
    """Returns a part once it is decided and it and its index are on disk."""
    part = deciding.result()
    sync_file(part.path)
    sync_file(index_path(part.path))
    return part


@contextmanager
def worker_pool(workers: int) -> Iterator[ProcessPoolExecutor]:
    """Gives processes that are ready to decide; none of them outlives an interrupt."""
    pool = ProcessPoolExecutor(workers, mp_context=start_fork_server(), initializer=begin_deciding)
    with worker_processes([pool]), ThreadPoolExecutor(1) as starter:
        # They start now, while the audience is being read: beside it, as each waits until the fork server is ready.
        for _ in range(workers):
            starter.submit(pool.submit, os.getpid)
        yield pool
