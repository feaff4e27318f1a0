"""Send_times that are remembered."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from banditsvc.store import SqliteLog, known_send_times
from banditsvc.store.known_send_times import KnownSendTimes
from tests.store.build import SHOP, activation, decision


class _ActivatedMeanwhile(KnownSendTimes):
    """An activation of d1 is appended right after the log has been read."""

    log: SqliteLog

    def _read(self, portfolio_id: str, decision_ids: Sequence[str], before_us: int) -> dict[str, int]:
        found = super()._read(portfolio_id, decision_ids, before_us)
        records = [activation("d1")]
        if found:
            self.log.append(records, now_us=3)
            self.note(records)
        return found


def test_an_activation_that_comes_while_the_log_is_read_is_not_missed(tmp_path: Path) -> None:
    """What was read before an activation was appended is not remembered after it."""
    log = SqliteLog(tmp_path / "log.db")
    log.append([decision("d1", send_time_us=7)], now_us=1)
    known = _ActivatedMeanwhile(log.database.reader, is_writer=True)
    known.log = log

    assert {"d1": 7} == known.find(SHOP, ["d1"], 9)
    assert {} == known.find(SHOP, ["d1"], 9)
    log.close()


def test_who_does_not_write_the_log_remembers_nothing(tmp_path: Path) -> None:
    """A reader sees an activation that another process has appended since it asked."""
    log = SqliteLog(tmp_path / "log.db")
    log.append([decision("d1", send_time_us=7)], now_us=1)
    reader = SqliteLog(tmp_path / "log.db", read_only=True)
    assert {"d1": 7} == reader.send_times_of(SHOP, ["d1"], 9)
    log.append([activation("d1")], now_us=2)

    assert {} == reader.send_times_of(SHOP, ["d1"], 9)
    reader.close()
    log.close()


def test_an_activation_whose_commit_is_in_doubt_is_not_missed(tmp_path: Path) -> None:
    """Where an append fails after its commit was made, an activation in it counts all the same."""

    def fail(*_: object) -> int:
        raise OSError("the disk went away")

    log = SqliteLog(tmp_path / "log.db")
    log.append([decision("d1", send_time_us=7)], now_us=1)
    assert {"d1": 7} == log.send_times_of(SHOP, ["d1"], 9)
    log.database.writer.set_wal_hook(fail)
    with pytest.raises(OSError, match="the disk went away"):
        log.append([activation("d1")], now_us=2)

    assert log.get_activation("d1") is not None
    assert {} == log.send_times_of(SHOP, ["d1"], 9)
    log.close()


def test_what_is_remembered_is_bounded_and_the_answer_does_not_depend_on_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With room for a few, any number may be asked for in any order; what is asked for again and again stays."""
    monkeypatch.setattr(known_send_times, "_MOST_OF_A_HALF", 3)
    log = SqliteLog(tmp_path / "log.db")
    names = [f"d{number}" for number in range(20)]
    log.append([decision(name, send_time_us=7) for name in names], now_us=1)
    known = KnownSendTimes(log.database.reader, is_writer=True)

    for name in names:
        assert {"d0": 7, name: 7} == known.find(SHOP, ["d0", name, "unknown"], 9)
    log.close()
    assert {"d0": 7, "d19": 7} == known.find(SHOP, ["d0", "d19"], 9)
