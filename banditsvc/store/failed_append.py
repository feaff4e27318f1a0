"""What to do, and what it means, when SQLite could not append."""

from __future__ import annotations

import errno

import apsw

from banditsvc.core.errors import LogFull, LogUnavailable


def failure_of(error: apsw.Error, connection: apsw.Connection) -> LogUnavailable:
    """Returns what to tell the caller of an append that failed on a connection."""
    # EFBIG: a limit on the size of files, set for the process or by the file system.
    no_room = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    disk_full = isinstance(error, apsw.IOError) and connection.system_errno in no_room
    if disk_full or isinstance(error, apsw.FullError):
        return LogFull(
            "the disk that holds the decision log is full: nothing was written; make room and repeat the call"
        )
    return LogUnavailable("the decision log cannot take records now: repeat the request with the same ids")


def roll_back(connection: apsw.Connection) -> None:
    """Ends a transaction that failed."""
    # SQLite has rolled back by itself after some errors, such as a full disk.
    if connection.in_transaction:
        connection.execute("ROLLBACK")
