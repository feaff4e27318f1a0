"""A service that is killed in the middle of an import: what was answered stands, and importing again makes it whole."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

from banditsvc.client import BanditsvcError, Client, ClientOptions
from banditsvc.learner import replay
from banditsvc.store.sqlite_log import SqliteLog
from banditsvc.store.sqlite_registry import SqliteRegistry
from tests.faults.killable_service import Kill, KillableService, wait_until

PORTFOLIO = {
    "portfolio_id": "shop",
    "currency": "EUR",
    "reward_spec": {
        "weights": [{"type": "CONVERSION", "measure": "ANY", "weight": 1.0}],
        "greatest_reward": 1.0,
        "outcome_window": "7d",
    },
}
COUNT, BATCH = 6_000, 200
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
SENDS = [
    {"customer_id": f"c{number}", "campaign_id": "sale", "send_time": LONG_AGO + timedelta(minutes=number)}
    for number in range(COUNT)
]


def import_all(address: str, done: list[str], began: threading.Event) -> None:
    """Imports batch by batch until all is done or the service is gone; notes each id that was answered."""
    with Client(address, ClientOptions(timeout_seconds=20.0)) as client:
        for start in range(0, COUNT, BATCH):
            try:
                results = client.import_decisions("shop", SENDS[start : start + BATCH]).results
            except BanditsvcError:
                return
            done += [result.decision_id for result in results if not result.status.code]
            began.set()


def test_an_import_that_is_killed_is_made_whole_by_importing_again(tmp_path: Path) -> None:
    """After kill -9 no answered send is lost, none is there twice, and the model is the log's, bit for bit."""
    answered: list[str] = []
    again: list[str] = []
    began = threading.Event()
    with KillableService(tmp_path) as service:
        with Client(service.address) as client:
            client.create_portfolio(PORTFOLIO)
            client.create_campaign("shop", {"campaign_id": "sale"})
        importing = threading.Thread(target=import_all, args=(service.address, answered, began))
        importing.start()
        assert began.wait(60.0)
        service.kill(Kill.SERVER)
        importing.join()
        assert 0 < len(answered) < COUNT

        service.start()
        import_all(service.address, again, began)
        with Client(service.address) as client:
            wait_until(lambda: COUNT == client.get_model("shop").learned_count, "all sends are learned from")
        assert 0 == service.stop()

    log, registry = SqliteLog(service.data / "log.db", read_only=True), SqliteRegistry(service.data / "learner.db")
    stored = [one.value.decision_id for one in log.read_decisions("shop", 0, 2 * COUNT)]
    assert sorted(stored) == sorted(set(again))
    assert set(answered) <= set(stored)
    assert COUNT == len(stored)
    lineage, progress = registry.serving_lineage("shop"), registry.progress("shop")
    assert lineage is not None
    assert progress is not None
    model = registry.load_model("shop", progress.model_version)
    assert model is not None
    weights, sums = replay(log, lineage, progress.position)
    assert weights.tobytes() == model.weights.tobytes()
    assert sums == progress.sums
    log.close()
    registry.close()
