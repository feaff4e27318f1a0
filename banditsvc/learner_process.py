"""The learner as a child process: started with the service, restarted when it dies, ended with the service.

Native code may fault, so the learner has a process of its own. It watches its standard input, which closes however
the service ends, kill -9 included: no learner is left behind.
"""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import time
from collections.abc import Sequence

import structlog

_log = structlog.get_logger(__name__)

LEAST_BACKOFF_SECONDS = 0.5
MOST_BACKOFF_SECONDS = 30.0
STEADY_SECONDS = 60.0
"""A learner that ran this long is restarted without delay."""
STOP_SECONDS = 10.0
"""How long a learner may take to end by itself."""


class LearnerProcess:
    """Keeps one learner running until stopped."""

    def __init__(self, command: Sequence[str]) -> None:
        """Remembers the command; it must end when its standard input closes."""
        self._command = list(command)
        self._process: subprocess.Popen[bytes] | None = None
        self._keeping: asyncio.Task[None] | None = None
        self._stopping = False

    @property
    def process_id(self) -> int | None:
        """Returns the id of the running process, None between two."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def start(self) -> None:
        """Starts the learner and keeps it running."""
        self._start_process()
        self._keeping = asyncio.get_running_loop().create_task(self._keep())

    async def stop(self) -> None:
        """Asks the learner to end, and kills it when it does not in time."""
        self._stopping = True
        if self._keeping is None or self._process is None:
            return
        self._close_input()
        try:
            await asyncio.to_thread(self._process.wait, STOP_SECONDS)
        except subprocess.TimeoutExpired:
            _log.warning("learner_killed", process_id=self._process.pid)
            self._process.kill()
        self._keeping.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._keeping

    def _start_process(self) -> None:
        # A session of its own: Ctrl-C at a terminal must not end the learner before the service has drained.
        self._process = subprocess.Popen(self._command, stdin=subprocess.PIPE, start_new_session=True)  # noqa: S603
        _log.info("learner_started", process_id=self._process.pid)

    def _close_input(self) -> None:
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()

    async def _keep(self) -> None:
        backoff_seconds = 0.0
        while True:
            started = time.monotonic()
            assert self._process is not None
            exit_code = await asyncio.to_thread(self._process.wait)
            self._close_input()
            if self._stopping:
                return
            if time.monotonic() - started > STEADY_SECONDS:
                backoff_seconds = 0.0
            _log.error("learner_died", exit_code=exit_code, restart_seconds=backoff_seconds)
            await asyncio.sleep(backoff_seconds)
            backoff_seconds = min(max(2 * backoff_seconds, LEAST_BACKOFF_SECONDS), MOST_BACKOFF_SECONDS)
            self._start_process()
