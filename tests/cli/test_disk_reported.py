"""What is said of a disk that refuses a run of an audience."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from banditsvc.cli.audience_view import disk_reported
from banditsvc.cli.command_failure import CommandFailure


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOSPC, "cannot write to parts: No space left on device. .* make room and run"),
        (errno.EFBIG, "cannot write to parts: File too large. .* make room and run"),
        (errno.EIO, "cannot use parts: Input/output error. .* see to it and run"),
        (errno.EACCES, "cannot use parts: Permission denied. .* see to it and run"),
    ],
)
def test_a_full_disk_is_told_from_what_cannot_be_read(number: int, said: str) -> None:
    """Only where there is no room is there talk of writing and of room."""
    with pytest.raises(CommandFailure, match=said), disk_reported(Path("parts")):
        raise OSError(number, os.strerror(number))


def test_the_file_at_fault_is_named(tmp_path: Path) -> None:
    """A file that the disk does not give is named itself."""
    with pytest.raises(CommandFailure, match=r"cannot use .*/gone\.parquet: No such file"), disk_reported(tmp_path):
        (tmp_path / "gone.parquet").read_bytes()


def test_what_became_of_parts_is_said_as_it_is() -> None:
    """A plan keeps its parts without the log, and a file of rejected rows has nothing to do with parts."""
    with pytest.raises(CommandFailure) as full, disk_reported(Path("plan"), kept="kept in plan"):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    with pytest.raises(CommandFailure) as refused, disk_reported(Path("parts"), rejects=[Path("bad.csv")]):
        raise OSError(errno.EACCES, os.strerror(errno.EACCES), "bad.csv")

    assert (
        "cannot write to plan: No space left on device. Parts that are finished are kept in plan: make room and run the same "
        "command again"
    ) == str(full.value)
    assert (
        "cannot use bad.csv: Permission denied. It is for rows that cannot be used: name another file with --rejects, or see to "
        "it and run the same command again"
    ) == str(refused.value)
