"""Moving the write-ahead log into the database file without making callers wait for it."""

from __future__ import annotations

import contextlib
import logging
import os
import threading
from pathlib import Path

import apsw

IDLE_PAGES = 256
"""Pages in the write-ahead log from which an idle moment is used to move them, 1 MiB."""
BUSY_PAGES = 4_096
"""Pages from which they are moved in any case, 16 MiB."""
MOST_PAGES = 16_384
"""Pages at which the writer waits for a checkpoint that does not keep up, 64 MiB."""

_NICENESS = 10
_MOST_MOVES = 2
"""How often a thread moves: the second time it is little, and so a commit soon finds nothing left or a few pages."""

_LOGGER = logging.getLogger(__name__)


class Checkpointer:
    """Watches the write-ahead log of one writing connection.

    A thread with a connection of its own moves what there is and then what came meanwhile, and the writer, for whom
    callers wait, the few pages that came after: only a fully moved log starts again from its beginning. A checkpoint
    that fails costs nothing but space, as the commits in the write-ahead log are durable where they are.
    """

    def __init__(self, connection: apsw.Connection, path: Path, *, alone: bool = False) -> None:
        """Alone says that the database allows no second connection, so that the writer has to do it all."""
        self._connection = connection
        self._path = path
        self._alone = alone
        self._pages = 0
        self._wanted_at = BUSY_PAGES
        self._thread: threading.Thread | None = None
        connection.set_wal_hook(self._note_pages)

    def after_commit(self, *, idle: bool) -> None:
        """Has pages moved if there are enough of them; called by the writer after each commit."""
        if self._thread is not None and (self._pages >= MOST_PAGES or not self._thread.is_alive()):
            self.close()
            self._finish()
        elif self._thread is None and self._pages >= (IDLE_PAGES if idle else self._wanted_at):
            self._start()

    def close(self) -> None:
        """Waits for a checkpoint that is under way."""
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _note_pages(self, _connection: apsw.Connection, _name: str, pages: int) -> int:
        self._pages = pages
        if pages < BUSY_PAGES:
            self._wanted_at = BUSY_PAGES
        return apsw.SQLITE_OK

    def _start(self) -> None:
        if self._alone:
            self._finish()
            return
        thread = threading.Thread(target=self._move_beside, name="checkpoint", daemon=True)
        thread.start()
        self._thread = thread

    def _finish(self) -> None:
        _move(self._connection)
        # Readers may hold pages back: then try again after some more have come, not at each commit.
        self._wanted_at = self._pages + IDLE_PAGES

    def _move_beside(self) -> None:
        # Those who answer callers come first. A thread has a niceness of its own on Linux alone.
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
        try:
            connection = apsw.Connection(str(self._path), flags=apsw.SQLITE_OPEN_READWRITE)
        except apsw.Error as error:
            _LOGGER.warning("checkpoint_failed error=%s", error)
            return
        try:
            # Until a connection has read something it knows of no write-ahead log, and moves nothing.
            connection.pragma("schema_version")
            for _ in range(_MOST_MOVES):
                if _move(connection) >= self._pages:
                    break
        except apsw.Error as error:
            _LOGGER.warning("checkpoint_failed error=%s", error)
        finally:
            connection.close()


def _move(connection: apsw.Connection) -> int:
    """Returns how many pages of the write-ahead log have been moved in all."""
    try:
        # PASSIVE neither waits for readers nor keeps anybody waiting.
        _, moved = connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
    except apsw.Error as error:
        _LOGGER.warning("checkpoint_failed error=%s", error)
        return 0
    return moved
