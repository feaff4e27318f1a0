"""The laws of schema migrations."""

from __future__ import annotations

from collections.abc import Iterator

import apsw
import pytest

from banditsvc.store.errors import StoreMismatch, StoreMissing
from banditsvc.store.migrations import (
    Migration,
    StoreKind,
    applied_version,
    check_version,
    migrate,
    read_migrations,
)

FIRST = Migration(1, "0001_first.sql", "CREATE TABLE first (x); INSERT INTO first VALUES (7)")
SECOND = Migration(2, "0002_second.sql", "ALTER TABLE first ADD COLUMN y; UPDATE first SET y = x + 1")
BROKEN = Migration(2, "0002_broken.sql", "CREATE TABLE second (x); INSERT INTO missing VALUES (1)")


@pytest.fixture
def connection() -> Iterator[apsw.Connection]:
    opened = apsw.Connection(":memory:")
    yield opened
    opened.close()


@pytest.mark.parametrize("kind", list(StoreKind))
def test_migrations_are_numbered_from_one(kind: StoreKind) -> None:
    """The migrations that come with the software are numbered 1, 2, 3 and so on, without a gap."""
    migrations = read_migrations(kind)
    assert [migration.number for migration in migrations] == list(range(1, len(migrations) + 1))
    assert len(migrations) > 0


def test_only_what_is_missing_is_applied(connection: apsw.Connection) -> None:
    """Each migration is applied once, in order, and recorded."""
    migrate(connection, StoreKind.LOG, (FIRST,))
    migrate(connection, StoreKind.LOG, (FIRST, SECOND))
    migrate(connection, StoreKind.LOG, (FIRST, SECOND))
    assert connection.execute("SELECT x, y FROM first").fetchall() == [(7, 8)]
    recorded = connection.execute("SELECT number, name FROM migrations ORDER BY number").fetchall()
    assert recorded == [(1, "0001_first.sql"), (2, "0002_second.sql")]


def test_a_migration_that_fails_leaves_nothing(connection: apsw.Connection) -> None:
    """All that is due is one transaction, records and all: what fails half-way leaves the schema as it was."""
    with pytest.raises(apsw.SQLError, match="missing"):
        migrate(connection, StoreKind.LOG, (FIRST, BROKEN))
    assert applied_version(connection, StoreKind.LOG) == 0
    migrate(connection, StoreKind.LOG, (FIRST,))
    with pytest.raises(apsw.SQLError, match="missing"):
        migrate(connection, StoreKind.LOG, (FIRST, BROKEN))
    assert applied_version(connection, StoreKind.LOG) == 1
    assert connection.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'second'").get == 0


def test_readers_need_the_schema_they_know(connection: apsw.Connection) -> None:
    """A reader refuses an empty file, an older schema and a newer one, and says which it is."""
    with pytest.raises(StoreMissing):
        check_version(connection, StoreKind.LOG, (FIRST,))
    migrate(connection, StoreKind.LOG, (FIRST,))
    check_version(connection, StoreKind.LOG, (FIRST,))
    with pytest.raises(StoreMismatch, match="older than 2"):
        check_version(connection, StoreKind.LOG, (FIRST, SECOND))
    migrate(connection, StoreKind.LOG, (FIRST, SECOND))
    with pytest.raises(StoreMismatch, match="newer than 1"):
        check_version(connection, StoreKind.LOG, (FIRST,))
    with pytest.raises(StoreMismatch, match="newer than 1"):
        migrate(connection, StoreKind.LOG, (FIRST,))
    with pytest.raises(StoreMismatch, match="no registry database"):
        check_version(connection, StoreKind.REGISTRY, (FIRST, SECOND))
