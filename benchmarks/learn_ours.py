"""The learner over a whole log, for benchmarks/learn.py: from the decisions as stored to a published model."""

from __future__ import annotations

import json
import logging
import sys
import time
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import structlog

from banditsvc.clock import SystemClock
from banditsvc.learner import Learner, look_for_garbage_seldom
from banditsvc.store.sqlite_log import SqliteLog
from banditsvc.store.sqlite_registry import SqliteRegistry
from benchmarks.learn_log import PORTFOLIO_ID


def main() -> None:
    """Prints the decisions learned and the processor's seconds that they took."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    look_for_garbage_seldom()
    with (
        TemporaryDirectory() as folder,
        closing(SqliteLog(Path(sys.argv[1]) / "log.db", read_only=True)) as log,
        closing(SqliteRegistry(Path(folder) / "learner.db")) as registry,
    ):
        learner = Learner(log, registry, SystemClock())
        started = time.process_time()
        while learner.step(PORTFOLIO_ID):
            pass
        seconds = time.process_time() - started
        [model] = registry.list_models(PORTFOLIO_ID)
    sys.stdout.write(json.dumps({"learned": model.sums.learned_count, "seconds": seconds}) + "\n")


if __name__ == "__main__":
    main()
