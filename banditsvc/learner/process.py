"""The learner's process: polls the log and keeps the registry up to date until it is told to stop."""

from __future__ import annotations

import gc
import os
import signal
import threading
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import structlog

from banditsvc.clock import SystemClock
from banditsvc.core.errors import LogUnavailable
from banditsvc.core.times import DAY_US, HOUR_US, SECOND_US
from banditsvc.learner.learner import Learner
from banditsvc.store.errors import StoreMissing, StoreUnavailable
from banditsvc.store.sqlite_log import SqliteLog
from banditsvc.store.sqlite_registry import SqliteRegistry

LOG_FILE = "log.db"
REGISTRY_FILE = "learner.db"
_FORGET_EVERY_US = HOUR_US
_ALL = ""
"""In place of a portfolio_id where a failure concerns them all."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnerOptions:
    """How the learner's process runs."""

    poll_us: int = SECOND_US // 2
    """How long it rests when nothing is left to do."""
    publish_interval_us: int = 60 * SECOND_US
    """Time between two models of a portfolio that learns slowly; 0 with a simulated clock."""
    publish_decisions: int = 1_000
    """Decisions learned after which a model is published sooner."""
    weights_retention_us: int = 7 * DAY_US
    """How long the weights of published models are kept."""
    kept_models: int = 10
    """How many of a portfolio's newest models keep their weights in any case."""
    parent_process_id: int = 0
    """Process whose child this is; it stops when that one is gone. 0 for none."""


class _Rest:
    """Waits between looks at the log, until it is time to stop."""

    def __init__(self, options: LearnerOptions) -> None:
        self._options = options
        self._stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._request_stop)

    def _request_stop(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self._stop.set()

    @property
    def is_over(self) -> bool:
        """Returns whether to stop."""
        parent = self._options.parent_process_id
        orphaned = parent != 0 and os.getppid() != parent
        return orphaned or self._stop.is_set()

    def take(self) -> None:
        """Waits for the poll interval, or less when told to stop."""
        self._stop.wait(self._options.poll_us / SECOND_US)


def run(data_dir: Path, options: LearnerOptions = LearnerOptions()) -> None:
    """Learns until SIGTERM or SIGINT. Must be called by the main thread, with logging configured.

    Raises:
        StoreInUse: Another learner is at work in this directory.
        StoreMismatch: A file is of another kind or of a newer version.
    """
    rest = _Rest(options)
    look_for_garbage_seldom()
    with closing(SqliteRegistry(data_dir / REGISTRY_FILE)) as registry:
        log = _open_log(data_dir / LOG_FILE, rest)
        if log is not None:
            with closing(log):
                _log.info("learner_started")
                _learn(log, registry, options, rest)
    _log.info("learner_stopped")


def look_for_garbage_seldom() -> None:
    """Has Python look for garbage as seldom as a process that learns needs.

    A slice of decisions lives and dies together: to look for garbage among them every few hundred objects, as is the
    default, takes a tenth of the learner's time.
    """
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)


def _open_log(path: Path, rest: _Rest) -> SqliteLog | None:
    """Returns the log as soon as the service has made it, None when told to stop before."""
    while not rest.is_over:
        try:
            return SqliteLog(path, read_only=True)
        except StoreMissing:
            rest.take()
    return None


class _Failures:
    """What has gone wrong with each portfolio, told once until it changes."""

    def __init__(self) -> None:
        self._told: dict[str, str] = {}

    def note(self, portfolio_id: str, error: Exception) -> None:
        """Logs a failure, unless it is the one that this portfolio had the last time."""
        text = f"{type(error).__name__}: {error}"
        if self._told.get(portfolio_id) != text:
            self._told[portfolio_id] = text
            event = "learner_failed" if portfolio_id == _ALL else "portfolio_failed"
            _log.error(event, portfolio_id=portfolio_id, exc_info=error)

    def clear(self, portfolio_id: str) -> None:
        """Notes that a portfolio is well."""
        self._told.pop(portfolio_id, None)


def _learn(log: SqliteLog, registry: SqliteRegistry, options: LearnerOptions, rest: _Rest) -> None:
    failures = _Failures()
    learner: Learner | None = None
    forgot_us: int | None = None
    while not rest.is_over:
        has_more = False
        try:
            if learner is None:
                learner = Learner(
                    log,
                    registry,
                    SystemClock(),
                    publish_interval_us=options.publish_interval_us,
                    publish_decisions=options.publish_decisions,
                )
            has_more = _step_all(learner, rest, failures)
            now_us = log.watermark().time_us
            if forgot_us is None or now_us - forgot_us >= _FORGET_EVERY_US:
                _forget_weights(learner, now_us, options)
                forgot_us = now_us
            failures.clear(_ALL)
        except (LogUnavailable, StoreUnavailable):
            _log.exception("store_unavailable")
        except Exception as error:  # noqa: BLE001 - it may be mended while this process lives
            failures.note(_ALL, error)
        if not has_more:
            rest.take()


def _forget_weights(learner: Learner, now_us: int, options: LearnerOptions) -> None:
    # Models carry log time, which a simulated clock moves as well.
    forgotten = learner.forget_weights(now_us - options.weights_retention_us, options.kept_models)
    if forgotten:
        _log.info("weights_forgotten", count=forgotten)


def _step_all(learner: Learner, rest: _Rest, failures: _Failures) -> bool:
    """Lets every portfolio do a slice; one that fails, such as over a damaged record, holds up no other."""
    has_more = False
    for portfolio_id in learner.portfolio_ids():
        if rest.is_over:
            return False
        try:
            has_more = learner.step(portfolio_id) or has_more
        except (LogUnavailable, StoreUnavailable):
            raise
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one portfolio concerns no other
            failures.note(portfolio_id, error)
            learner.reset(portfolio_id)
        else:
            failures.clear(portfolio_id)
    return has_more
