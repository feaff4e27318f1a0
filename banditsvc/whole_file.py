"""Whole files: written beside their place, and put there when they are whole."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """Opens a file for writing that takes its name once it is whole and on disk; an older one of that name stays until then.

    Raises:
        OSError: It cannot be written.
    """
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with unfinished.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    sync_directory(path.parent)


def sync_directory(directory: Path) -> None:
    """Waits until the names in a directory are on disk."""
    sync_file(directory)


def sync_file(path: Path) -> None:
    """Waits until a file is on disk, whoever wrote it.

    Raises:
        OSError: It cannot be read, or written.
    """
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def let_go(path: Path) -> None:
    """Lets the system forget what it keeps in memory of a file that is on disk and that nobody will read soon.

    So what is written next gets the same memory, which is quicker than to take more and more, and what others read stays.

    Raises:
        OSError: It cannot be opened.
    """
    if hasattr(os, "posix_fadvise"):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(descriptor)
