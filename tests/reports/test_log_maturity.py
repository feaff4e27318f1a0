from __future__ import annotations

import math
from pathlib import Path

from banditsvc.core.times import DAY_US, HOUR_US
from banditsvc.ports import LogRecord
from banditsvc.reports.log_maturity import maturity_of_log
from banditsvc.store.sqlite_log import SqliteLog
from tests.store.build import SHOP, decision, outcome, portfolio


def _log(folder: Path, hours: list[int | None]) -> Path:
    """Writes a decision a day, each with an outcome so many hours later, or none; the window is three days."""
    log = SqliteLog(folder / "log.db")
    log.append([portfolio()], 1)
    records: list[tuple[int, LogRecord]] = []
    for number, later in enumerate(hours, 1):
        made_us = number * DAY_US
        records.append((made_us, decision(f"d{number}", customer_id=f"c{number}", send_time_us=made_us)))
        if later is not None:
            occur_us = made_us + later * HOUR_US
            records.append((occur_us, outcome(f"o{number}", decision_id=f"d{number}", occur_time_us=occur_us)))
    for time_us, record in sorted(records, key=lambda one: one[0]):
        log.append([record], time_us)
    log.append([outcome("late", occur_time_us=30 * DAY_US, customer_id="nobody")], 30 * DAY_US)
    log.close()
    return folder


def test_maturity_is_read_off_the_outcomes_of_mature_decisions(tmp_path: Path) -> None:
    """Of four rewards after 6, 12, 12 and 60 hours a quarter has come by 8 hours, three by a day, and all by three."""
    found = maturity_of_log(_log(tmp_path, [6, 12, None, 12, 60]), SHOP, [1 / 3, 1.0, 3.0])
    assert [0.25, 0.75, 1.0] == [one.share for one in found]
    by_default = maturity_of_log(tmp_path, SHOP)
    assert math.isclose(2.5, by_default[-1].age_days)
    assert 1.0 == by_default[-1].share


def test_a_log_without_outcomes_has_no_maturity(tmp_path: Path) -> None:
    """Where nothing came there is nothing to say."""
    assert () == maturity_of_log(_log(tmp_path, [None]), SHOP)
