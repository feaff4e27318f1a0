"""The lock that lets one process write a store."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from banditsvc.store.errors import StoreInUse


class WriteLock:
    """An exclusive flock on `<path>.lock`, held until released or until the process ends, however it ends."""

    def __init__(self, path: Path) -> None:
        """Takes the lock at once.

        Raises:
            StoreInUse: Another process, or another writer in this one, holds it.
        """
        lock_path = path.with_name(path.name + ".lock")
        self._descriptor: int | None = os.open(lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self.release()
            raise StoreInUse(
                f"{path} is being written by another process: stop that one first, or open it for reading only"
            ) from error

    def release(self) -> None:
        """Gives the lock up; the lock file stays, as removing it would let two processes lock two files."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
