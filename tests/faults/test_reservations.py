"""Reservations under contention and kill -9."""

from __future__ import annotations

from pathlib import Path

from tests.faults.reservation_drill import CALLERS, run_reservation_drill

ROUNDS = 50
KILLS = 5


def test_of_all_who_want_it_one_gets_it(tmp_path: Path) -> None:
    """Of 64 callers at a time exactly one gets the only contact or the last capacity, also across a kill -9."""
    report = run_reservation_drill(ROUNDS, KILLS, 11, tmp_path)

    assert [] == report.faults
    assert (ROUNDS + KILLS, KILLS) == (report.rounds, report.kills)
    assert (ROUNDS + 2 * KILLS) * CALLERS == report.answered + report.cut_off
