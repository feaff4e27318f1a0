"""Threads that interrupt no other."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress


@contextmanager
def patient_threads() -> Iterator[None]:
    """Lets the threads that begin within the block wait for a core until whatever runs there has come to rest.

    By the policy SCHED_BATCH (sched(7)) a thread that wakes interrupts nothing. Those of gRPC wake several times for
    each call, and each time give one event to the event loop. Where they share a core with it, there are 15 changes
    between them a call; if they are patient, it is given what has come meanwhile at once, and there are 3. Does nothing
    where the system knows no such policy or refuses it.
    """
    policy = getattr(os, "SCHED_OTHER", None)
    if policy is None or os.sched_getscheduler(0) != policy:
        # Whoever has given this thread a policy of its own has it.
        yield
        return
    _take(os.SCHED_BATCH)
    try:
        yield
    finally:
        _take(policy)


def _take(policy: int) -> None:
    with suppress(OSError):
        os.sched_setscheduler(0, policy, os.sched_param(0))
