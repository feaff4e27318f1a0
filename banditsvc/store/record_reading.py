"""Reading a log in SQLite: rows, and the records in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import apsw

from banditsvc.core.errors import LogUnavailable, RecordDamaged
from banditsvc.core.outcome import Outcome
from banditsvc.ports import Recorded, Watermark
from banditsvc.store import log_sql as sql
from banditsvc.store.errors import StoreDamaged, StoreMismatch
from banditsvc.store.outcome_codec import outcome_of

T = TypeVar("T")


def fetch(connection: apsw.Connection, statement: str, bindings: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    """Returns all rows of a statement.

    Raises:
        LogUnavailable: They cannot be read now.
    """
    try:
        # All rows at once: a statement left half read would hold its snapshot and keep the log from being trimmed.
        return connection.execute(statement, bindings).fetchall()
    except apsw.Error as error:
        raise LogUnavailable("the decision log cannot be read now") from error


def read_watermark(connection: apsw.Connection) -> Watermark:
    """Returns how far the log is complete.

    Raises:
        LogUnavailable: It cannot be read now.
    """
    position, time_us = fetch(connection, sql.WATERMARK, ())[0]
    return Watermark(position, time_us)


def read_records(
    connection: apsw.Connection, decode: Callable[[bytes], T], statement: str, bindings: tuple[Any, ...]
) -> list[Recorded[T]]:
    """Returns the records of a statement that gives position, stamp and body of each.

    Raises:
        LogUnavailable: They cannot be read now.
        RecordDamaged: A body cannot be read.
    """
    # Row by row, so that a body is let go while it is at hand.
    with _rows(connection, statement, bindings) as rows:
        return [Recorded(position, time_us, decode(body)) for position, time_us, body in rows]


def read_outcomes(connection: apsw.Connection, statement: str, bindings: tuple[Any, ...]) -> list[Recorded[Outcome]]:
    """Returns the outcomes of a statement that gives position, stamp and outcome_of's columns; see read_records."""
    with _rows(connection, statement, bindings) as rows:
        return [Recorded(position, time_us, outcome_of(columns)) for position, time_us, *columns in rows]


@contextmanager
def _rows(connection: apsw.Connection, statement: str, bindings: tuple[Any, ...]) -> Iterator[apsw.Cursor]:
    try:
        cursor = connection.execute(statement, bindings)
        try:
            yield cursor
        finally:
            # Left half read, it would hold its snapshot and keep the log from being trimmed.
            cursor.close()
    except apsw.Error as error:
        raise LogUnavailable("the decision log cannot be read now") from error
    except (StoreDamaged, StoreMismatch) as error:
        raise RecordDamaged(f"a record of the decision log cannot be read: {error}") from error
