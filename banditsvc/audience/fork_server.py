"""The fork server of an audience's workers: one process loads what deciding needs, and each worker begins as a copy of it."""

from __future__ import annotations

import multiprocessing
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext

from banditsvc.worker_processes import ONE_THREAD, environment

_KEPT_BYTES = ("MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_")
"""Memory of matrices that are done with is kept for the next: to get it anew took a tenth of the time (glibc)."""
_ENVIRONMENT = {**ONE_THREAD, "ARROW_NUM_THREADS": "1", **dict.fromkeys(_KEPT_BYTES, str(1 << 30))}


def start_fork_server(*further: str) -> ForkServerContext:
    """Starts the fork server where it does not run yet, and returns what begins processes by it.

    It is not waited for: the earlier it starts, the more of its loading is done beside that of the process that asks.

    Args:
        further: Modules that it loads besides: those of the program, which each worker would load for itself.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["banditsvc.audience.part_job", *further])
    with environment(_ENVIRONMENT):
        forkserver.ensure_running()
    return context
