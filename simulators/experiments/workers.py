"""Worker processes, each with parts of its own, so that it is known which part one was at when it was killed."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from pathlib import Path

from banditsvc.usage_error import UsageError
from banditsvc.worker_processes import ONE_THREAD, begin_worker, environment, worker_processes
from simulators.errors import SimulationError
from simulators.experiments.plan import Part
from simulators.experiments.run_part import run_part


class PartFailed(SimulationError):
    """A part could not be made; those that are finished are kept."""


def run_parts(directory: Path, parts: Sequence[Part], jobs: int, on_part: Callable[[Part], None]) -> None:
    """Makes parts in worker processes.

    After a failure no further part is begun; those under way are finished.

    Args:
        directory: Where the parts are kept.
        parts: What to make.
        jobs: Parts at a time.
        on_part: Called after each.

    Raises:
        PartFailed: A worker was killed, or a part could not be made or kept. The message names the parts.
    """
    failures: list[str] = []
    waiting = iter(parts)
    with _pools(min(jobs, len(parts))) as pools:
        at_work: dict[Future[None], tuple[ProcessPoolExecutor, Part]] = {}

        def begin(pool: ProcessPoolExecutor) -> None:
            part = None if failures else next(waiting, None)
            if part is not None:
                at_work[pool.submit(run_part, directory, part)] = (pool, part)

        for pool in pools:
            begin(pool)
        while at_work:
            for future in wait(at_work, return_when=FIRST_COMPLETED).done:
                pool, part = at_work.pop(future)
                error = future.exception()
                if error is None:
                    on_part(part)
                    begin(pool)
                else:
                    failures.append(f"{part}: {_words(error)}")
    if failures:
        raise PartFailed("\n".join(failures))


def _words(error: BaseException) -> str:
    """Returns why a part failed. Whatever it is, what is finished is kept, and the part is named."""
    if isinstance(error, BrokenProcessPool):
        return _KILLED
    if isinstance(error, SimulationError | UsageError):
        return str(error)
    return f"failed with {type(error).__name__}: {error}"


_KILLED = (
    "the worker process ended without an answer; was it killed, or out of memory? Fewer --jobs or fewer seeds_at_once "
    "need less. (A script that calls run_experiment does so below `if __name__ == '__main__':`.)"
)


@contextmanager
def _pools(count: int) -> Iterator[list[ProcessPoolExecutor]]:
    """Gives executors of one process each, none of which outlives an interrupt."""
    context = multiprocessing.get_context("spawn")
    pools = [ProcessPoolExecutor(1, mp_context=context, initializer=begin_worker) for _ in range(count)]
    with environment(ONE_THREAD), worker_processes(pools):
        yield pools
