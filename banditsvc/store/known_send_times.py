"""The send_times that were asked for last: of most decisions several outcomes are told, one after another."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Sequence

import apsw

from banditsvc.core.activation import Activation
from banditsvc.ports import LogRecord
from banditsvc.store import log_sql as sql
from banditsvc.store.record_reading import fetch

_MOST_OF_A_HALF = 30_000
"""Decisions in the newer half of what is remembered; each takes some 200 bytes."""


class KnownSendTimes:
    """What DecisionLog.send_times_of gives, remembered by the process that alone writes the log.

    Nothing but an activation changes what was given once. One thread may ask while another appends.
    """

    def __init__(self, reader: Callable[[], apsw.Connection], *, is_writer: bool) -> None:
        self._reader = reader
        self._is_writer = is_writer
        self._newer: defaultdict[str, dict[str, int]] = defaultdict(dict)
        """By portfolio_id and decision_id."""
        self._older: defaultdict[str, dict[str, int]] = defaultdict(dict)
        self._newer_count = 0
        self._before_us = 0
        """All of them were recorded before it."""
        self._changes = 0
        """How many commits had activations."""
        self._lock = threading.Lock()

    def find(self, portfolio_id: str, decision_ids: Sequence[str], before_us: int) -> dict[str, int]:
        """Returns what DecisionLog.send_times_of does.

        Raises:
            LogUnavailable: They cannot be read now.
        """
        if not self._is_writer or before_us < self._before_us:
            return self._read(portfolio_id, decision_ids, before_us)
        with self._lock:
            newer, older, changes = self._newer[portfolio_id], self._older[portfolio_id], self._changes
            found = {name: newer[name] for name in decision_ids if name in newer}
            if len(found) == len(decision_ids):
                return found
            again = {name: older[name] for name in decision_ids if name in older and name not in found}
        found |= again
        missing = [name for name in decision_ids if name not in found]
        fresh = self._read(portfolio_id, missing, before_us) if missing else {}
        with self._lock:
            # An activation that came meanwhile may be of one of these.
            if changes == self._changes:
                self._remember(portfolio_id, again | fresh, before_us)
        return found | fresh

    def note(self, records: Sequence[LogRecord]) -> None:
        """Takes note of what was appended."""
        activated = [record for record in records if type(record) is Activation]
        if not activated:
            return
        with self._lock:
            self._changes += 1
            for record in activated:
                for half in (self._newer, self._older):
                    half[record.portfolio_id].pop(record.decision_id, None)

    def _read(self, portfolio_id: str, decision_ids: Sequence[str], before_us: int) -> dict[str, int]:
        names = apsw.carray(tuple(decision_ids) or ("",))
        return dict(fetch(self._reader(), sql.SEND_TIMES, (names, portfolio_id, before_us)))

    def _remember(self, portfolio_id: str, found: dict[str, int], before_us: int) -> None:
        if self._newer_count + len(found) > _MOST_OF_A_HALF:
            self._older, self._newer, self._newer_count = self._newer, defaultdict(dict), 0
        self._newer[portfolio_id].update(found)
        self._newer_count += len(found)
        self._before_us = before_us
