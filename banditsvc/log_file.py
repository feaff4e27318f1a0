"""The log of a data directory, opened to be read."""

from __future__ import annotations

from pathlib import Path

from banditsvc.store.sqlite_log import SqliteLog

LOG_FILE = "log.db"


def read_log_file(path: str | Path) -> SqliteLog:
    """Returns the log of a data directory, or of a log file, for reading only; the caller closes it.

    Raises:
        StoreMissing: There is no log.
        StoreMismatch: The file is no log, or was written by another version of the software.
    """
    given = Path(path)
    return SqliteLog(given / LOG_FILE if given.is_dir() else given, read_only=True)
