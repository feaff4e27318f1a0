"""Files and directories that are there whole or not at all."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from banditsvc.whole_file import whole_file
from simulators.errors import SimulationError


class WriteFailed(SimulationError):
    """Something could not be written, and nothing of it is left."""


@contextmanager
def whole_directory(path: Path) -> Iterator[Path]:
    """Gives a directory to write files into, which is called `path` once all of them are on disk.

    Raises:
        WriteFailed: The disk is full, or the like.
    """
    made = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with failures_named(path):
            shutil.rmtree(made, ignore_errors=True)
            made.mkdir(parents=True)
            yield made
            for file in made.iterdir():
                _sync(file)
            _sync(made)
            made.rename(path)
            _sync(path.parent)
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise


def write_whole(path: Path, text: str) -> None:
    """Writes a file.

    Raises:
        WriteFailed: The disk is full, or the like.
    """
    with failures_named(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path) as file:
            file.write(text.encode())


@contextmanager
def failures_named(path: Path) -> Iterator[None]:
    """Turns what the system refuses into a message that names the file.

    Raises:
        WriteFailed: Anything was refused.
    """
    try:
        yield
    except OSError as error:
        # Arrow has the number in its text alone.
        told = re.search(r"\[errno (\d+)\]", str(error), re.IGNORECASE)
        why = os.strerror(int(told[1])) if told else error.strerror or str(error)
        raise WriteFailed(f"cannot write {path}: {why}") from None


def _sync(path: Path) -> None:
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
