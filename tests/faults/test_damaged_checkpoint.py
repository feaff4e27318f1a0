"""A damaged learner's store: an older checkpoint is gone on from, and the model is the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import apsw
import pytest

from banditsvc.app import LOG_FILE, REGISTRY_FILE
from banditsvc.cli.replay_check import check_replay
from tests.faults.crash_drill import finish, set_up_shop, wait_for_all_learned
from tests.faults.killable_service import Kill, KillableService
from tests.faults.ledger import Ledger
from tests.faults.load import PORTFOLIO_ID, Load

ROWS = "SELECT rowid, learner_state FROM checkpoints ORDER BY position DESC"
UPDATE = "UPDATE checkpoints SET learner_state = ? WHERE rowid = ?"


def flip_a_byte(registry: Path, count: int) -> int:
    """Damages the newest checkpoints; returns how many there are in all."""
    connection: Any = apsw.Connection(str(registry))
    connection.set_busy_timeout(10_000)  # what was killed may hold its lock for a moment
    rows: list[tuple[int, bytes]] = connection.execute(ROWS).fetchall()
    for row_id, state in rows[:count]:
        middle = len(state) // 2
        connection.execute(UPDATE, (state[:middle] + bytes([state[middle] ^ 1]) + state[middle + 1 :], row_id))
    connection.close()
    return len(rows)


@pytest.mark.parametrize("damaged", [1, 99])
def test_a_damaged_checkpoint_is_passed_over(tmp_path: Path, damaged: int) -> None:
    """With the newest checkpoint damaged, or all of them, learning goes on and gives the uninterrupted model."""
    ledger = Ledger()
    with KillableService(tmp_path) as service:
        set_up_shop(service.address)
        load = Load(service.address, ledger, "before")
        load.start()
        service.wait_for_learning()
        load.finish()
        before = wait_for_all_learned(service.data)
        service.kill(Kill.BOTH)
        kept = flip_a_byte(service.data / REGISTRY_FILE, damaged)
        service.start()
        learned = finish(service, ledger, "after")

    check = check_replay(service.data / LOG_FILE, service.data / REGISTRY_FILE, PORTFOLIO_ID)
    assert check.is_equal
    assert learned >= before > 0
    assert kept > 1
