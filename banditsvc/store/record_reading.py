"""Reading a log in SQLite: rows, and the records in them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import apsw

from banditsvc.core.errors import LogUnavailable, RecordDamaged
from banditsvc.ports import Recorded
from banditsvc.store.errors import StoreDamaged, StoreMismatch

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


def read_records(
    connection: apsw.Connection, decode: Callable[[bytes], T], statement: str, bindings: tuple[Any, ...]
) -> list[Recorded[T]]:
    """Returns the records of a statement that gives position, stamp and body of each.

    Raises:
        LogUnavailable: They cannot be read now.
        RecordDamaged: A body cannot be read.
    """
    try:
        cursor = connection.execute(statement, bindings)
        try:
            # Row by row, so that a body is let go while it is at hand.
            return [Recorded(position, time_us, decode(body)) for position, time_us, body in cursor]
        finally:
            # Left half read, it would hold its snapshot and keep the log from being trimmed.
            cursor.close()
    except apsw.Error as error:
        raise LogUnavailable("the decision log cannot be read now") from error
    except (StoreDamaged, StoreMismatch) as error:
        raise RecordDamaged(f"a record of the decision log cannot be read: {error}") from error
