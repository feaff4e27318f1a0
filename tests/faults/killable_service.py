"""A service whose processes can be killed at any moment, and started again on the same data."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from enum import Enum
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from banditsvc.config import ENV_PREFIX

PATIENCE_SECONDS = 120.0
"""How long another process may take for anything."""
QUICK = {
    # Everything as often as possible: decisions settle, are learned and published while the drill looks on.
    "BANDITSVC_STORE__HEARTBEAT_SECONDS": "0.05",
    "BANDITSVC_LEARNER__POLL_SECONDS": "0.02",
    "BANDITSVC_LEARNER__PUBLISH_INTERVAL_SECONDS": "0.05",
    "BANDITSVC_LOGS__FORMAT": "json",
}
"""Settings of a service in a drill."""


class Kill(Enum):
    """What is killed."""

    BOTH = "server and learner"
    SERVER = "server alone"
    LEARNER = "learner alone"


def wait_until(holds: Callable[[], bool], what: str, seconds: float = PATIENCE_SECONDS) -> None:
    """Waits until something holds.

    Raises:
        TimeoutError: It did not happen in time; the text says what.
    """
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds:g} s: {what}")
        time.sleep(0.01)


class KillableService:
    """One service on one data directory, through as many lives as it is started."""

    def __init__(self, directory: Path, *options: str, environment: Mapping[str, str] = QUICK) -> None:
        """Remembers how to start it; options are those of `banditsvc serve`."""
        self.data = directory / "data"
        self.address = ""
        self._options = options
        inherited = {name: value for name, value in os.environ.items() if not name.upper().startswith(ENV_PREFIX)}
        self._environment = inherited | dict(environment)
        self._port_file = directory / "port"
        self._words = directory / "service.log"
        self._life_start = 0
        """Where in the service's own log its present life begins."""
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leaves no process behind."""
        self.kill(Kill.BOTH)

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """Returns the server's process."""
        assert self._process is not None, "the service was never started"
        return self._process

    def start(self) -> None:
        """Starts the service and waits until it answers, which is before its learner is ready."""
        self._port_file.unlink(missing_ok=True)
        self._life_start = self._words.stat().st_size if self._words.exists() else 0
        with self._words.open("ab") as words:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "banditsvc", "serve", f"--data={self.data}", "--address=127.0.0.1:0"),
                    *("--metrics-address=off", f"--port-file={self._port_file}", *self._options),
                ],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stderr=words,
                start_new_session=True,
            )
        wait_until(lambda: self._port_file.exists() or self.process.poll() is not None, "the service answers")
        if self.process.poll() is not None:
            raise RuntimeError(f"the service ended: {self._words.read_text()[-2000:]}")
        self.address = self._port_file.read_text().strip()

    def learner_ids(self) -> list[int]:
        """Returns the process ids of the learners that this life of the service started."""
        return [
            event["process_id"]
            for event in self._events()
            if event["event"] == "learner_started" and "process_id" in event
        ]

    def living_learner(self) -> int | None:
        """Returns the process id of the learner, None between two."""
        return next((number for number in reversed(self.learner_ids()) if self.is_learner(number)), None)

    def is_learner(self, process_id: int) -> bool:
        """Returns whether the process is a learner on this data that has not ended."""
        try:
            command = Path(f"/proc/{process_id}/cmdline").read_bytes()
            state = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return False
        return state != "Z" and {b"learn", f"--data={self.data.absolute()}".encode()} <= set(command.split(b"\0"))

    def wait_for_learning(self) -> None:
        """Waits until a learner is at work in this life of the service."""
        wait_until(
            lambda: any(
                event["event"] == "learner_started" and event["logger"] == "banditsvc.learner.process"
                for event in self._events()
            ),
            "the learner starts",
        )

    def kill(self, kill: Kill) -> bool:
        """Kills by SIGKILL; returns whether there was a process to kill."""
        learner = None if kill is Kill.SERVER else self.living_learner()
        killed = learner is not None
        if kill is not Kill.LEARNER and self._process is not None and self._process.poll() is None:
            self._process.kill()
            killed = True
        if learner is not None:
            _kill(learner)
        if kill is not Kill.LEARNER and self._process is not None:
            self._process.wait(PATIENCE_SECONDS)
        return killed

    def stop(self) -> int:
        """Ends the service as an operator does; returns its exit code."""
        self.process.terminate()
        return self.process.wait(PATIENCE_SECONDS)

    def words(self) -> str:
        """Returns what this life of the service said."""
        with self._words.open("rb") as words:
            words.seek(self._life_start)
            return words.read().decode("utf-8", "replace")

    def _events(self) -> list[dict[str, Any]]:
        lines = self.words().splitlines(keepends=True)
        # The last line may be half written.
        return [json.loads(line) for line in lines if line.startswith("{") and line.endswith("}\n")]


def _kill(process_id: int) -> None:
    try:
        os.kill(process_id, signal.SIGKILL)
    except ProcessLookupError:
        return
