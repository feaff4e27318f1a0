"""The learner's process as a whole, from settings."""

from __future__ import annotations

import os
import signal
import sys
import threading

from banditsvc.config import Settings
from banditsvc.core.times import DAY_US, SECOND_US
from banditsvc.learner import LearnerOptions, run


def run_learner(settings: Settings, *, until_input_closes: bool = False) -> None:
    """Learns until SIGTERM or SIGINT, or until standard input closes.

    Raises:
        StoreError: Another learner is at work in the directory, or a file is of another kind or version.
    """
    if until_input_closes:
        threading.Thread(target=_stop_when_input_closes, name="input-watch", daemon=True).start()
    learner = settings.learner
    settings.store.data_dir.mkdir(parents=True, exist_ok=True)
    run(
        settings.store.data_dir,
        LearnerOptions(
            poll_us=round(learner.poll_seconds * SECOND_US),
            publish_interval_us=round(learner.publish_interval_seconds * SECOND_US),
            publish_decisions=learner.publish_decisions,
            weights_retention_us=round(learner.weights_retention_days * DAY_US),
        ),
    )


def _stop_when_input_closes() -> None:
    # Not by sys.stdin, whose lock would still be held when the interpreter ends.
    while os.read(sys.stdin.fileno(), 4096):
        pass
    signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)
