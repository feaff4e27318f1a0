"""Threads that interrupt no other."""

from __future__ import annotations

import os
from threading import Thread

from banditsvc.rpc.patient_threads import patient_threads


def policy_of_a_thread() -> int:
    """Returns the scheduling policy of a thread that begins now."""
    found: list[int] = []
    thread = Thread(target=lambda: found.append(os.sched_getscheduler(0)))
    thread.start()
    thread.join()
    return found[0]


def test_threads_of_the_block_are_patient() -> None:
    """Those that begin within have SCHED_BATCH; this one, and those that begin later, have what they had before."""
    before = os.sched_getscheduler(0)
    with patient_threads():
        within = policy_of_a_thread()
    assert (os.SCHED_BATCH, before, before) == (within, policy_of_a_thread(), os.sched_getscheduler(0))


def test_a_policy_that_was_given_stays() -> None:
    """A thread that has a policy of its own keeps it, within the block too, and so do those that it begins."""
    found: list[int] = []

    def look() -> None:
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
        with patient_threads():
            found.append(policy_of_a_thread())
        found.append(os.sched_getscheduler(0))

    thread = Thread(target=look)
    thread.start()
    thread.join()
    assert [os.SCHED_IDLE, os.SCHED_IDLE] == found
