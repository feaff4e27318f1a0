"""Kill -9 at any moment: nothing acknowledged is lost, nothing is learned twice, and the model is the same."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import apsw
import pytest

from banditsvc.app import LOG_FILE
from banditsvc.core.times import SECOND_US
from tests.faults.audit import audit
from tests.faults.crash_drill import ACTIVATION_DEADLINE_SECONDS, DrillReport, run_drill

ROUNDS = 20
SEED = 7
DEADLINE_US = round(ACTIVATION_DEADLINE_SECONDS * SECOND_US)


@dataclass(frozen=True, slots=True)
class Drilled:
    """A drill that is over, and its data."""

    report: DrillReport
    data: Path


@pytest.fixture(scope="module")
def drilled(tmp_path_factory: pytest.TempPathFactory) -> Drilled:
    directory = tmp_path_factory.mktemp("drill")
    return Drilled(run_drill(ROUNDS, SEED, directory), directory / "data")


def test_kills_lose_double_and_change_nothing(drilled: Drilled) -> None:
    """After 20 kills every acknowledged record is there once and as it was, and the model is the uninterrupted one."""
    report = drilled.report

    assert () == report.faults
    assert ROUNDS == report.kills.total()
    assert report.learned > 500


def test_the_drill_does_what_it_says(drilled: Drilled) -> None:
    """Every kind of kill, calls cut off, repeats, restated outcomes and relearns occur in the drill."""
    report, counts = drilled.report, drilled.report.ledger.counts

    assert 3 == len(report.kills)
    assert report.relearns > 0
    kinds = ("cut off", "decision REPLAY", "outcome DUPLICATE", "outcome REVISED", "activation ACCEPTED")
    assert {} == {kind: counts[kind] for kind in kinds if not counts[kind]}


REMOVED = """
DELETE FROM decisions WHERE position = (SELECT min(position) FROM decisions);
DELETE FROM activations WHERE position = (SELECT max(position) FROM activations);
DELETE FROM outcomes WHERE position = (SELECT max(position) FROM outcomes);
"""


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (REMOVED, ["acknowledged decision", "acknowledged activation", "acknowledged outcome", "learned from"]),
        ("DELETE FROM outcomes", ["the model is not the one"]),
    ],
)
def test_the_audit_bites(drilled: Drilled, tmp_path: Path, change: str, expected: list[str]) -> None:
    """The control: the audit finds every acknowledged record that is taken out of a copy of the log."""
    shutil.copytree(drilled.data, tmp_path / "copy")
    connection = apsw.Connection(str(tmp_path / "copy" / LOG_FILE))
    connection.execute(change)
    connection.close()

    found = audit(drilled.report.ledger, tmp_path / "copy", DEADLINE_US)

    assert expected == [kind for kind in expected if any(kind in fault for fault in found)]
