"""Power cuts: what is acknowledged is on the disk. They prove what ending a process cannot: that the syncs are there."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import apsw
import pytest

from banditsvc.store import SqliteLog, SqliteRegistry
from banditsvc.store.sqlite_database import WriterOptions
from tests.store.build import ACME, LEARNER, SHOP, checkpoint, contact, contacting
from tests.store.cut_disk import CutDisk

CUTS = 200


@pytest.fixture(scope="module")
def empty_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("empty") / "log.db"
    SqliteLog(path).close()
    return path


def _cut_once(empty_log: Path, directory: Path, seed: int, synchronous: str) -> int:
    """Returns the number of acknowledged decisions that a power cut at a random moment loses."""
    rng = random.Random(seed)
    disk = CutDisk(f"cut-{synchronous}-{seed}")
    directory.mkdir()
    shutil.copy(empty_log, directory)
    options = WriterOptions(vfs=disk.name, synchronous=synchronous, exclusive=True)
    log = SqliteLog(directory / "log.db", options=options)
    disk.cut_after(rng.randint(0, 200), rng)
    written: list[str] = []
    acknowledged = 0
    for number in range(12):
        group = [f"d{number}-{place}" for place in range(rng.randint(0, 6))]
        written += group
        held = [contact(customer_id=str(rng.random()), time_us=len(written), hold_until_us=number) for _ in group]
        log.append([contacting(name, one) for name, one in zip(group, held, strict=True)], now_us=number)
        if disk.image is None:
            acknowledged = len(written)
        if rng.random() < 0.2:
            log.database.writer.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
    disk.cut()
    log.close()
    return acknowledged - _count_left(directory / "left", disk.image or {}, written)


def _count_left(directory: Path, image: dict[str, bytes], written: list[str]) -> int:
    directory.mkdir()
    for name, content in image.items():
        (directory / name).write_bytes(content)
    log = SqliteLog(directory / "log.db", read_only=True)
    assert log.database.reader().pragma("integrity_check") == "ok"
    left = [recorded.value.decision_id for recorded in log.read_decisions(SHOP, 0, 1000)]
    # What is left is a beginning of what was written, and the watermark belongs to it.
    assert left == written[: len(left)]
    assert log.watermark().position == len(left)
    assert sorted(left) == sorted(one.decision_id for one in log.held_contacts(ACME, 0))
    log.close()
    return len(left)


def test_a_power_cut_loses_nothing_acknowledged(empty_log: Path, tmp_path: Path) -> None:
    """No power cut, at whatever moment, loses an acknowledged decision or its contact, or leaves part of a commit."""
    lost = [_cut_once(empty_log, tmp_path / str(seed), seed, "FULL") for seed in range(CUTS)]
    assert max(lost) <= 0


def test_without_syncs_a_power_cut_loses_some(empty_log: Path, tmp_path: Path) -> None:
    """The control: with synchronous=NORMAL the same cuts do lose acknowledged decisions."""
    lost = [_cut_once(empty_log, tmp_path / str(seed), seed, "NORMAL") for seed in range(CUTS // 4)]
    assert max(lost) > 0


def _cut_registry_once(directory: Path, seed: int) -> None:
    rng = random.Random(seed)
    disk = CutDisk(f"cut-registry-{seed}")
    directory.mkdir()
    options = WriterOptions(vfs=disk.name, exclusive=True)
    registry = SqliteRegistry(directory / "learner.db", options=options)
    lineage = registry.start_lineage(SHOP, 1, 1, LEARNER)
    disk.cut_after(rng.randint(0, 60), rng)
    saved = 0
    for position in range(1, 9):
        registry.save(checkpoint(lineage, position, weights=[rng.random() for _ in range(500)]))
        if disk.image is None:
            saved = position
    disk.cut()
    registry.close()
    left = directory / "left"
    left.mkdir()
    for name, content in (disk.image or {}).items():
        (left / name).write_bytes(content)
    reader = SqliteRegistry(left / "learner.db", read_only=True)
    found, progress = reader.latest(lineage.lineage_id), reader.progress(SHOP)
    reader.close()
    position = 0 if found is None else found.position
    # A save that was under way may be there or not, but never in part.
    assert saved <= position <= saved + 1
    assert progress is not None
    assert progress.position == position


def test_a_power_cut_loses_no_checkpoint(tmp_path: Path) -> None:
    """No power cut loses a saved checkpoint or leaves part of one: state, position, sums and model are one commit."""
    for seed in range(CUTS // 4):
        _cut_registry_once(tmp_path / str(seed), seed)
