"""Disks that fail: what is said then, and that the log goes on."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest

from banditsvc.core.errors import LogFull, LogUnavailable
from banditsvc.ports import Watermark
from banditsvc.store import SqliteLog
from banditsvc.store.sqlite_database import WriterOptions
from tests.store.build import SHOP, decision
from tests.store.failing_disk import FailingDisk


def _open(tmp_path: Path, disk: FailingDisk) -> SqliteLog:
    return SqliteLog(tmp_path / "log.db", options=WriterOptions(vfs=disk.name, exclusive=True))


def _names(tmp_path: Path) -> list[str]:
    log = SqliteLog(tmp_path / "log.db", read_only=True)
    names = [recorded.value.decision_id for recorded in log.read_decisions(SHOP, 0, 99)]
    log.close()
    return names


def test_no_room_for_a_write_is_log_full(tmp_path: Path) -> None:
    """Where the disk has no room for a commit append raises LogFull, and once it has room the log goes on."""
    disk = FailingDisk("full")
    log = _open(tmp_path, disk)
    log.append([decision("d1")], now_us=1)
    disk.write_error = apsw.FullError("full")
    for _ in range(3):
        with pytest.raises(LogFull):
            log.append([decision("d2")], now_us=2)
    disk.write_error = None
    assert log.append([decision("d3")], now_us=2).positions == (2,)
    assert log.watermark() == Watermark(2, 2)
    log.close()
    assert _names(tmp_path) == ["d1", "d3"]


@pytest.mark.parametrize("failing", ["write_error", "sync_error"])
def test_a_failing_disk_is_unavailable(tmp_path: Path, failing: str) -> None:
    """Where the disk fails append raises LogUnavailable, never acknowledges, and goes on once the disk is well."""
    disk = FailingDisk(failing)
    log = _open(tmp_path, disk)
    log.append([decision("d1")], now_us=1)
    setattr(disk, failing, apsw.IOError("broken"))
    with pytest.raises(LogUnavailable) as caught:
        log.append([decision("d2")], now_us=2)
    assert not isinstance(caught.value, LogFull)
    setattr(disk, failing, None)
    commit = log.append([decision("d2"), decision("d3")], now_us=3)
    assert commit.positions == (2, 3)
    log.close()
    assert _names(tmp_path) == ["d1", "d2", "d3"]
