"""Worker processes: the environment that they begin with, and their end."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager

ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
"""For workers: they are one for each core, and sums must not depend on how many cores share in them."""


@contextmanager
def environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Lets the processes that begin within the block have an environment."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextmanager
def worker_processes(pools: Sequence[ProcessPoolExecutor]) -> Iterator[None]:
    """Ends the processes of some executors with the block; none of them outlives an interrupt."""
    try:
        yield
    except BaseException:
        for pool in pools:
            for process in list((pool._processes or {}).values()):  # noqa: SLF001 - there is no other way to them
                process.kill()
        raise
    finally:
        for pool in pools:
            pool.shutdown(cancel_futures=True)


def begin_worker() -> None:
    """Prepares a worker process: it leaves an interrupt to its parent, and ends when that does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """Ends this process when the one that began it was killed, which tells its workers nothing."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
