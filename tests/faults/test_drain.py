"""SIGTERM under load: what was taken in is answered, and nothing else is in the log."""

from __future__ import annotations

import signal
from contextlib import closing
from pathlib import Path

from banditsvc.app import LOG_FILE
from banditsvc.store import SqliteLog
from tests.faults.crash_drill import set_up_shop
from tests.faults.killable_service import PATIENCE_SECONDS, KillableService, wait_until
from tests.faults.ledger import Ledger
from tests.faults.load import PORTFOLIO_ID, Load

PROMISES = 50


def test_a_drained_service_has_answered_all_that_it_took(tmp_path: Path) -> None:
    """Told to stop under load, the service ends with exit code 0, and its log holds what was acknowledged, no more."""
    ledger = Ledger()
    with KillableService(tmp_path) as service:
        set_up_shop(service.address)
        load = Load(service.address, ledger, "drain")
        load.start()
        wait_until(lambda: len(ledger.promises) >= PROMISES, "decisions are made")
        service.process.send_signal(signal.SIGTERM)
        exit_code = service.process.wait(PATIENCE_SECONDS)
        answered = load.finish()

    # Calls are refused once it drains; one that is in the log without an answer would have been cut off.
    with closing(SqliteLog(service.data / LOG_FILE, read_only=True)) as log:
        decisions = {recorded.value.decision_id for recorded in log.read_decisions(PORTFOLIO_ID, 0, 1_000_000)}
        outcomes = {
            (recorded.value.outcome_id, recorded.value.revision)
            for recorded in log.read_outcomes(PORTFOLIO_ID, 0, 1_000_000)
        }
        activations = {recorded.value.decision_id for recorded in log.read_activations(PORTFOLIO_ID, 0, 1_000_000)}
    assert (0, [], False) == (exit_code, ledger.faults, answered)
    assert ledger.promises.keys() == decisions
    assert ledger.outcomes.keys() == outcomes
    assert ledger.activations.keys() == activations
