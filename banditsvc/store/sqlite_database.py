"""One SQLite file: how it is opened, locked and kept durable. Used by the log and the registry alike."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path

import apsw

from banditsvc.store.errors import StoreMismatch, StoreMissing, StoreUnavailable
from banditsvc.store.migrations import StoreKind, applied_version, check_version, migrate, read_migrations
from banditsvc.store.write_lock import WriteLock
from banditsvc.whole_file import sync_directory

BUSY_TIMEOUT_MS = 5_000
"""How long a statement waits for a lock of another process, which is only ever held for a moment."""

WRITER_CACHE_KIB = 65_536
"""Memory for pages of the writer: its indexes are written all over, and without room each write reads its page."""

WAL_KEPT_BYTES = 64 * 1024 * 1024
"""Size to which the write-ahead log is cut back when it starts again."""

_SYNCHRONOUS = {"NORMAL": 1, "FULL": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class WriterOptions:
    """How the writing connection is set up; tests of durability change these, nothing else should."""

    vfs: str | None = None
    """Name of the SQLite file layer; None for the operating system's."""
    synchronous: str = "FULL"
    """FULL syncs the file at every commit; with NORMAL a power cut loses commits that were acknowledged."""
    exclusive: bool = False
    """Locks the file for the connection's whole life, which needs no shared memory; there can be no readers."""


DURABLE = WriterOptions()
"""What every store is written with outside tests."""


class SqliteDatabase:
    """A database file with one writing connection, unless read-only, and one reading connection a thread.

    A reading connection sees whole commits only, and sees each from the moment it is durable.
    """

    def __init__(
        self, path: Path, kind: StoreKind, *, read_only: bool = False, options: WriterOptions = DURABLE
    ) -> None:
        """Opens the file; a writer creates it where it is missing and brings its schema up to date.

        Raises:
            StoreInUse: Another process writes it.
            StoreMissing: read_only, and there is no such file.
            StoreMismatch: It is of another kind, or has a schema that this version does not know.
        """
        self.path = path
        self._local = threading.local()
        self._readers: list[apsw.Connection] = []
        self._readers_lock = threading.Lock()
        self._closed = False
        self._writer: apsw.Connection | None = None
        self._lock: WriteLock | None = None if read_only else WriteLock(path)
        try:
            if read_only:
                _check_readable(self.reader(), path, kind)
            else:
                self._writer = _open_writer(path, kind, options)
        except BaseException:
            self.close()
            raise

    @property
    def writer(self) -> apsw.Connection:
        """The writing connection, for one thread at a time.

        Raises:
            StoreUnavailable: The database was opened for reading only, or is closed.
        """
        if self._writer is None:
            raise StoreUnavailable(f"{self.path} is open for reading only, or closed")
        return self._writer

    def reader(self) -> apsw.Connection:
        """Returns the calling thread's own reading connection.

        Raises:
            StoreMissing: There is no such file.
            StoreUnavailable: The database is closed.
        """
        connection: apsw.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = _open_reader(self.path)
            with self._readers_lock:
                if self._closed:
                    connection.close()
                    raise StoreUnavailable(f"{self.path} is closed")
                self._readers.append(connection)
            self._local.connection = connection
        return connection

    def close(self) -> None:
        """Closes all connections and gives the write lock up; closing twice does nothing."""
        with self._readers_lock:
            self._closed = True
            readers, self._readers = self._readers, []
        for connection in readers:
            connection.close()
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        if self._lock is not None:
            self._lock.release()


def _open_writer(path: Path, kind: StoreKind, options: WriterOptions) -> apsw.Connection:
    flags = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
    connection = apsw.Connection(str(path), flags=flags, vfs=options.vfs)
    try:
        connection.set_busy_timeout(BUSY_TIMEOUT_MS)
        # Before anything is set: a database that is not ours is left as it is.
        applied_version(connection, kind)
        _set_up_writer(connection, kind, options)
        sync_directory(path.parent)
        migrate(connection, kind, read_migrations(kind))
    except apsw.NotADBError as error:
        connection.close()
        raise StoreMismatch(f"{path} is no SQLite database") from error
    except BaseException:
        connection.close()
        raise
    return connection


def _set_up_writer(connection: apsw.Connection, kind: StoreKind, options: WriterOptions) -> None:
    if options.exclusive:
        connection.pragma("locking_mode", "EXCLUSIVE")
    if connection.pragma("journal_mode", "WAL") != "wal":
        raise StoreMismatch(f"the file system of {connection.filename} does not support SQLite's write-ahead log")
    connection.pragma("synchronous", options.synchronous)
    # A build of SQLite may ignore a pragma; the promise to callers rests on this one, so it is read back.
    if connection.pragma("synchronous") != _SYNCHRONOUS[options.synchronous]:
        raise StoreMismatch(f"SQLite did not accept synchronous={options.synchronous}")
    # Without it a write-ahead log that has once been large stays so.
    connection.pragma("journal_size_limit", WAL_KEPT_BYTES)
    connection.pragma("cache_size", -WRITER_CACHE_KIB)
    if kind is StoreKind.LOG:
        # Checkpoints are the log's to place: an automatic one would fall into some commit that callers wait for.
        connection.wal_autocheckpoint(0)


def _check_readable(connection: apsw.Connection, path: Path, kind: StoreKind) -> None:
    try:
        check_version(connection, kind, read_migrations(kind))
    except apsw.NotADBError as error:
        raise StoreMismatch(f"{path} is no SQLite database") from error


def _open_reader(path: Path) -> apsw.Connection:
    try:
        connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    except apsw.CantOpenError as error:
        raise StoreMissing(f"{path} does not exist or cannot be opened") from error
    connection.set_busy_timeout(BUSY_TIMEOUT_MS)
    return connection
