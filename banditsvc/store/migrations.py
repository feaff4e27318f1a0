"""Schema migrations: numbered SQL files, those that are due applied in one transaction with their records."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from importlib.resources import files

import apsw

from banditsvc.store.errors import StoreMismatch, StoreMissing


class StoreKind(Enum):
    """What a database file holds. The value is its SQLite application_id, which marks the file."""

    LOG = 0x62616E01
    REGISTRY = 0x62616E02


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of a schema."""

    number: int
    name: str
    sql: str


def read_migrations(kind: StoreKind) -> tuple[Migration, ...]:
    """Returns the migrations that this version of the software knows, by number from 1."""
    folder = files("banditsvc.store").joinpath("schema", kind.name.lower())
    names = sorted(file.name for file in folder.iterdir() if file.name.endswith(".sql"))
    return tuple(
        Migration(number=int(name.split("_")[0]), name=name, sql=folder.joinpath(name).read_text("utf-8"))
        for name in names
    )


def applied_version(connection: apsw.Connection, kind: StoreKind) -> int:
    """Returns the number of the last migration applied, 0 for an empty database.

    Raises:
        StoreMismatch: The file is a database of another kind.
    """
    # In one transaction: another process may be setting the file up.
    with connection:
        application_id = connection.pragma("application_id")
        if application_id == kind.value:
            return int(connection.execute("SELECT max(number) FROM migrations").get)
        if application_id == 0 and connection.execute("SELECT count(*) FROM sqlite_schema").get == 0:
            return 0
    raise StoreMismatch(f"{connection.filename} is no {kind.name.lower()} database of banditsvc")


def check_version(connection: apsw.Connection, kind: StoreKind, migrations: tuple[Migration, ...]) -> None:
    """Checks that the schema is exactly the one that this version of the software knows.

    Raises:
        StoreMissing: The file is empty: whoever writes it has not set it up yet.
        StoreMismatch: It is older, newer, or the file is a database of another kind.
    """
    applied, known = applied_version(connection, kind), len(migrations)
    _refuse_newer(connection, applied, known)
    if applied == 0:
        raise StoreMissing(f"{connection.filename} is empty")
    if applied < known:
        raise StoreMismatch(
            f"{connection.filename} has schema {applied}, older than {known}: "
            "start the process that writes it once with this version of banditsvc, which updates it"
        )


def migrate(connection: apsw.Connection, kind: StoreKind, migrations: tuple[Migration, ...]) -> None:
    """Brings the schema up to date in one transaction: no reader sees it half way.

    Raises:
        StoreMismatch: The schema is newer than this version of the software knows, or is of another kind; nothing
            was changed.
    """
    applied = applied_version(connection, kind)
    _refuse_newer(connection, applied, len(migrations))
    if applied == len(migrations):
        return
    with connection:
        if applied == 0:
            connection.pragma("application_id", kind.value)
            connection.execute("CREATE TABLE migrations (number INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT")
        for migration in migrations[applied:]:
            connection.execute(migration.sql)
            connection.execute(
                "INSERT INTO migrations (number, name) VALUES (?, ?)", (migration.number, migration.name)
            )


def _refuse_newer(connection: apsw.Connection, applied: int, known: int) -> None:
    if applied > known:
        raise StoreMismatch(
            f"{connection.filename} has schema {applied}, newer than {known}, the newest that this version of banditsvc "
            "knows: use the version that wrote it"
        )
