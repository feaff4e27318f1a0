"""The laws of logs that were written by an older version."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest

from banditsvc.core.activation import ActivationState
from banditsvc.ports import HeldContact
from banditsvc.store import SqliteLog
from banditsvc.store.decision_codec import DECISIONS
from banditsvc.store.errors import StoreMismatch
from banditsvc.store.migrations import StoreKind, migrate, read_migrations
from tests.store.build import ACME, SHOP, activation, contact, contacting, decision
from tests.store.test_codec import DECISION_OF_SCHEMA_1


@pytest.fixture
def old_log(tmp_path: Path) -> Path:
    """A log of schema 1 with one decision in it."""
    path = tmp_path / "log.db"
    connection = apsw.Connection(str(path))
    migrate(connection, StoreKind.LOG, read_migrations(StoreKind.LOG)[:1])
    row = (1, 9, "d1", SHOP, "c1", 5, None, bytes.fromhex(DECISION_OF_SCHEMA_1))
    connection.execute("INSERT INTO decisions VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
    connection.execute("UPDATE watermark SET position = 1, time_us = 9")
    connection.close()
    return path


def test_a_log_of_schema_1_is_updated_by_its_writer(old_log: Path) -> None:
    """A reader refuses a log of schema 1 until a writer has opened it once; every record is then as it was."""
    with pytest.raises(StoreMismatch, match="older"):
        SqliteLog(old_log, read_only=True)
    SqliteLog(old_log).close()
    log = SqliteLog(old_log, read_only=True)
    recorded = log.get_decision("d1")
    assert recorded is not None
    assert (1, 9, decision("d1", send_time_us=5)) == (recorded.position, recorded.record_time_us, recorded.value)
    assert {} == log.send_times_of(SHOP, ["d1"], 99)
    log.close()


def test_decisions_of_schema_1_count_for_nothing(old_log: Path) -> None:
    """A decision stored without a contact has none, also once it is sent; what comes after the update has its own."""
    log = SqliteLog(old_log)
    log.append([activation("d1", time_us=7), contacting("d2", contact(time_us=8))], now_us=10)
    assert [HeldContact("d2", contact(time_us=8))] == log.contacts_of(ACME, ["c1"], 0)
    log.append([activation("d2", state=ActivationState.NOT_SENT)], now_us=11)
    assert [] == log.contacts_of(ACME, ["c1"], 0)
    log.close()


def test_bodies_without_a_contact_can_be_read() -> None:
    """A decision as schema 1 wrote it has no contact, no shadow and no treatments."""
    stored = DECISIONS.decode(bytes.fromhex(DECISION_OF_SCHEMA_1))
    assert (None, None, (), 0.75) == (stored.contact, stored.shadow, stored.treatments, stored.arm_probability)
