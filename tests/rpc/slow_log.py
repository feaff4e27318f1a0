"""Logs that misbehave on purpose."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from banditsvc.core.decision import Decision
from banditsvc.core.errors import LogFull, LogUnavailable
from banditsvc.ports import Commit, LogRecord, Recorded
from banditsvc.store.memory import MemoryLog


class HeldLog(MemoryLog):
    """A log that holds the commit of a decision until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.is_held = threading.Event()
        self.let_go = threading.Event()

    def append(self, records: Sequence[LogRecord], now_us: int) -> Commit:
        """Appends, decisions once let go."""
        if any(isinstance(record, Decision) for record in records):
            self.is_held.set()
            assert self.let_go.wait(30)
        return super().append(records, now_us)


class FailingLog(MemoryLog):
    """A log that takes no decision while an error is set, and that counts the tries."""

    def __init__(self) -> None:
        super().__init__()
        self.errors: list[LogUnavailable | LogFull] = []
        self.tries = 0

    def append(self, records: Sequence[LogRecord], now_us: int) -> Commit:
        """Raises the next of the errors, or appends."""
        if any(isinstance(record, Decision) for record in records):
            self.tries += 1
            if self.errors:
                raise self.errors.pop(0)
        return super().append(records, now_us)


class BrokenLog(MemoryLog):
    """A log with a bug."""

    def get_decision(self, decision_id: str) -> Recorded[Decision] | None:
        """Fails for one id in a way that nobody foresaw."""
        if decision_id == "bug":
            raise RuntimeError("secret inside")
        return super().get_decision(decision_id)
