"""The decision log in one SQLite file."""

from __future__ import annotations

import errno
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import apsw

from banditsvc.core.activation import Activation
from banditsvc.core.decision import Decision
from banditsvc.core.errors import LogFull, LogUnavailable, RecordDamaged
from banditsvc.core.outcome import FeedMark, Outcome
from banditsvc.ports import Commit, LogRecord, Recorded, Resource, Watermark
from banditsvc.store.checkpointer import Checkpointer
from banditsvc.store.codec import ACTIVATIONS, DECISIONS, FEED_MARKS, OUTCOMES, decode_resource
from banditsvc.store.errors import StoreDamaged, StoreMismatch, StoreUnavailable
from banditsvc.store.log_writer import write_group
from banditsvc.store.migrations import StoreKind
from banditsvc.store.sqlite_database import DURABLE, SqliteDatabase, WriterOptions

T = TypeVar("T")

# INDEXED BY: left to itself, SQLite would rather read a whole portfolio in order than sort the few rows asked for.
_WATERMARK = "SELECT position, time_us FROM watermark"
_DECISION = "SELECT position, record_time_us, body FROM decisions WHERE decision_id = ?"
_DECISION_ON = """
SELECT position, record_time_us, body FROM decisions
WHERE portfolio_id = ? AND customer_id = ? AND occasion = ? ORDER BY position DESC LIMIT 1
"""
_ACTIVATION = "SELECT position, record_time_us, body FROM activations WHERE decision_id = ?"
_OUTCOME = """
SELECT position, record_time_us, body FROM outcomes INDEXED BY outcomes_by_id
WHERE portfolio_id = ? AND outcome_id = ? ORDER BY position
"""
_DECISIONS = """
SELECT position, record_time_us, body FROM decisions
WHERE portfolio_id = ? AND position > ? ORDER BY position LIMIT ?
"""
_COUNT_DECISIONS = "SELECT count(*) FROM decisions WHERE portfolio_id = ? AND position > ?"
_OUTCOMES = """
SELECT position, record_time_us, body FROM outcomes
WHERE portfolio_id = ? AND position > ? ORDER BY position LIMIT ?
"""
_ACTIVATIONS = """
SELECT position, record_time_us, body FROM activations
WHERE portfolio_id = ? AND position > ? ORDER BY position LIMIT ?
"""
_ACTIVATIONS_OF = """
SELECT position, record_time_us, body FROM activations WHERE decision_id IN carray(?) ORDER BY position
"""
_OUTCOMES_OF_DECISIONS = """
SELECT position, record_time_us, body FROM outcomes INDEXED BY outcomes_by_id
WHERE portfolio_id = ?1 AND outcome_id IN (
  SELECT outcome_id FROM outcomes INDEXED BY outcomes_by_decision WHERE portfolio_id = ?1 AND decision_id IN carray(?2)
) ORDER BY position
"""
_REFUNDS_OF = """
SELECT position, record_time_us, body FROM outcomes INDEXED BY outcomes_by_id
WHERE portfolio_id = ?1 AND outcome_id IN (
  SELECT outcome_id FROM outcomes INDEXED BY outcomes_by_refunded WHERE portfolio_id = ?1 AND refunded_outcome_id IN carray(?2)
) ORDER BY position
"""
_OUTCOMES_OF_CUSTOMERS = """
SELECT position, record_time_us, body FROM outcomes INDEXED BY outcomes_by_id
WHERE portfolio_id = ?1 AND outcome_id IN (
  SELECT outcome_id FROM outcomes INDEXED BY outcomes_by_customer
  WHERE portfolio_id = ?1 AND customer_id IN carray(?2) AND occur_time_us >= ?3 AND occur_time_us < ?4
) ORDER BY position
"""
_DECISIONS_OF_CUSTOMERS = """
SELECT position, record_time_us, body FROM decisions INDEXED BY decisions_by_customer
WHERE portfolio_id = ?1 AND customer_id IN carray(?2) AND send_time_us >= ?3 AND send_time_us < ?4 ORDER BY position
"""
_FEED_MARKS = "SELECT position, record_time_us, body FROM feed_marks WHERE portfolio_id = ? ORDER BY position"
_RESOURCES = "SELECT position, record_time_us, kind, body FROM resources WHERE position > ? ORDER BY position"


class SqliteLog:
    """A DecisionLog in a SQLite file. One process writes it; any number read it at the same time.

    Reading may go on in other threads while one thread appends: each thread reads over a connection of its own.
    """

    def __init__(self, path: str | Path, read_only: bool = False, *, options: WriterOptions = DURABLE) -> None:
        """Opens the log; a writer creates it where it is missing.

        Raises:
            StoreInUse: Another process writes it.
            StoreMissing: read_only, and there is no such file.
            StoreMismatch: It is no decision log, or has a schema that this version does not know.
        """
        self.database = SqliteDatabase(Path(path), StoreKind.LOG, read_only=read_only, options=options)
        self._mark: Watermark | None = None
        self._checkpointer: Checkpointer | None = None
        if not read_only:
            self._mark = _read_watermark(self.database.writer)
            self._checkpointer = Checkpointer(self.database.writer, self.database.path, alone=options.exclusive)

    def append(self, records: Sequence[LogRecord], now_us: int) -> Commit:
        """Appends records as one atomic commit; see DecisionLog.append."""
        connection = self._writer()
        try:
            mark = self._mark or _read_watermark(connection)
            # Should anything below fail, what the file holds is what counts: the next call reads it.
            self._mark = None
            connection.execute("BEGIN IMMEDIATE")
            try:
                commit = write_group(connection, records, mark, max(now_us, mark.time_us + 1))
                connection.execute("COMMIT")
            except BaseException:
                _roll_back(connection)
                raise
        except apsw.Error as error:
            raise _translated(error, connection) from error
        written = (position for position in reversed(commit.positions) if position is not None)
        self._mark = Watermark(next(written, mark.position), commit.record_time_us)
        if self._checkpointer is not None:
            self._checkpointer.after_commit(idle=not records)
        return commit

    def watermark(self) -> Watermark:
        """Returns the last commit's stamp and the last position, (0, 0) for an empty log."""
        return self._mark or _read_watermark(self._reader())

    def get_decision(self, decision_id: str) -> Recorded[Decision] | None:
        """Returns a decision by its id."""
        return next(iter(self._read(DECISIONS.decode, _DECISION, decision_id)), None)

    def get_decision_on(self, portfolio_id: str, customer_id: str, occasion: str) -> Recorded[Decision] | None:
        """Returns the newest decision for a customer on an occasion; tests do not count."""
        found = self._read(DECISIONS.decode, _DECISION_ON, portfolio_id, customer_id, occasion)
        return found[0] if found else None

    def get_activation(self, decision_id: str) -> Recorded[Activation] | None:
        """Returns the activation of a decision."""
        return next(iter(self._read(ACTIVATIONS.decode, _ACTIVATION, decision_id)), None)

    def get_outcome(self, portfolio_id: str, outcome_id: str) -> list[Recorded[Outcome]]:
        """Returns all stored revisions of an outcome by position."""
        return self._read(OUTCOMES.decode, _OUTCOME, portfolio_id, outcome_id)

    def refunds_of(self, portfolio_id: str, outcome_ids: Sequence[str]) -> list[Recorded[Outcome]]:
        """Returns every revision of every refund, a revision of which refunds one of the outcomes, by position."""
        if not outcome_ids:
            return []
        return self._read(OUTCOMES.decode, _REFUNDS_OF, portfolio_id, apsw.carray(tuple(outcome_ids)))

    def read_decisions(self, portfolio_id: str, after: int, limit: int) -> list[Recorded[Decision]]:
        """Returns the first limit decisions of a portfolio with position > after, by position."""
        return self._read(DECISIONS.decode, _DECISIONS, portfolio_id, after, limit)

    def count_decisions(self, portfolio_id: str, after: int) -> int:
        """Returns how many decisions of a portfolio have position > after."""
        count: int = _fetch(self._reader(), _COUNT_DECISIONS, (portfolio_id, after))[0][0]
        return count

    def activations_of(self, decision_ids: Sequence[str]) -> list[Recorded[Activation]]:
        """Returns the activations of the decisions, by position."""
        if not decision_ids:
            return []
        return self._read(ACTIVATIONS.decode, _ACTIVATIONS_OF, apsw.carray(tuple(decision_ids)))

    def outcomes_of_decisions(self, portfolio_id: str, decision_ids: Sequence[str]) -> list[Recorded[Outcome]]:
        """Returns every revision of every outcome that names one of the decisions, by position."""
        if not decision_ids:
            return []
        return self._read(OUTCOMES.decode, _OUTCOMES_OF_DECISIONS, portfolio_id, apsw.carray(tuple(decision_ids)))

    def outcomes_of_customers(
        self, portfolio_id: str, customer_ids: Sequence[str], from_us: int, to_us: int
    ) -> list[Recorded[Outcome]]:
        """Returns every revision of every outcome, a revision of which names one of the customers and occurred in
        [from_us, to_us), by position.
        """
        if not customer_ids:
            return []
        customers = apsw.carray(tuple(customer_ids))
        return self._read(OUTCOMES.decode, _OUTCOMES_OF_CUSTOMERS, portfolio_id, customers, from_us, to_us)

    def decisions_of_customers(
        self, portfolio_id: str, customer_ids: Sequence[str], from_us: int, to_us: int
    ) -> list[Recorded[Decision]]:
        """Returns the decisions of the customers with send_time in [from_us, to_us), by position."""
        if not customer_ids:
            return []
        customers = apsw.carray(tuple(customer_ids))
        return self._read(DECISIONS.decode, _DECISIONS_OF_CUSTOMERS, portfolio_id, customers, from_us, to_us)

    def read_feed_marks(self, portfolio_id: str) -> list[Recorded[FeedMark]]:
        """Returns all feed marks of a portfolio by position."""
        return self._read(FEED_MARKS.decode, _FEED_MARKS, portfolio_id)

    def read_resources(self, after: int) -> list[Recorded[Resource]]:
        """Returns all resources with position > after, by position."""
        rows = _fetch(self._reader(), _RESOURCES, (after,))
        return [Recorded(position, time_us, decode_resource(kind, body)) for position, time_us, kind, body in rows]

    def read_outcomes(self, portfolio_id: str, after: int, limit: int) -> list[Recorded[Outcome]]:
        """Returns the first limit outcomes of a portfolio with position > after, by position."""
        return self._read(OUTCOMES.decode, _OUTCOMES, portfolio_id, after, limit)

    def read_activations(self, portfolio_id: str, after: int, limit: int) -> list[Recorded[Activation]]:
        """Returns the first limit activations of a portfolio with position > after, by position."""
        return self._read(ACTIVATIONS.decode, _ACTIVATIONS, portfolio_id, after, limit)

    def close(self) -> None:
        """Closes the file and gives the write lock up; closing twice does nothing."""
        if self._checkpointer is not None:
            self._checkpointer.close()
        self.database.close()

    def _writer(self) -> apsw.Connection:
        try:
            return self.database.writer
        except StoreUnavailable as error:
            raise LogUnavailable("the decision log is not open for writing") from error

    def _reader(self) -> apsw.Connection:
        try:
            return self.database.reader()
        except StoreUnavailable as error:
            raise LogUnavailable("the decision log is closed") from error

    def _read(self, decode: Callable[[bytes], T], statement: str, *bindings: Any) -> list[Recorded[T]]:
        rows = _fetch(self._reader(), statement, bindings)
        try:
            return [Recorded(position, time_us, decode(body)) for position, time_us, body in rows]
        except (StoreDamaged, StoreMismatch) as error:
            raise RecordDamaged(f"a record of the decision log cannot be read: {error}") from error


def _fetch(connection: apsw.Connection, statement: str, bindings: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    try:
        # All rows at once: a statement left half read would hold its snapshot and keep the log from being trimmed.
        return connection.execute(statement, bindings).fetchall()
    except apsw.Error as error:
        raise LogUnavailable("the decision log cannot be read now") from error


def _read_watermark(connection: apsw.Connection) -> Watermark:
    position, time_us = _fetch(connection, _WATERMARK, ())[0]
    return Watermark(position, time_us)


def _roll_back(connection: apsw.Connection) -> None:
    # SQLite has rolled back by itself after some errors, such as a full disk.
    if connection.in_transaction:
        connection.execute("ROLLBACK")


def _translated(error: apsw.Error, connection: apsw.Connection) -> LogUnavailable:
    # EFBIG: a limit on the size of files, set for the process or by the file system.
    no_room = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    disk_full = isinstance(error, apsw.IOError) and connection.system_errno in no_room
    if disk_full or isinstance(error, apsw.FullError):
        return LogFull("the disk that holds the decision log is full: nothing was written")
    return LogUnavailable("the decision log cannot take records now: repeat the request with the same ids")
