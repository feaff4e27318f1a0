"""Weekly, late and dead feeds through the running service: decisions wait or lapse, and are never learned as zeros."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from banditsvc.client import Client, ClientOptions
from banditsvc.v1.ranking_pb2 import SettleState
from tests.faults.killable_service import PATIENCE_SECONDS, KillableService, wait_until

SHOP = "weekly"
COUNT = 40
START = datetime(2026, 1, 5, tzinfo=UTC)
DAY = timedelta(days=1)
CALM = {"BANDITSVC_LOGS__FORMAT": "json"}


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    with (
        KillableService(tmp_path, "--simulated-clock", environment=CALM) as service,
        Client(service.address, ClientOptions(timeout_seconds=PATIENCE_SECONDS)) as client,
    ):
        client.set_time(START)
        client.create_portfolio(
            {
                "portfolio_id": SHOP,
                "currency": "EUR",
                "reward_spec": {
                    "weights": [{"type": "CONVERSION", "measure": "ANY", "weight": 1.0}],
                    "greatest_reward": 1.0,
                    "outcome_window": DAY,
                },
                "settle_spec": {"required_feeds": [{"type": "CONVERSION"}], "grace": 7 * DAY},
            }
        )
        for number in range(2):
            client.create_campaign(SHOP, {"campaign_id": f"campaign-{number}"})
        yield client
        assert 0 == service.stop()


def decide(client: Client, name: str) -> list[str]:
    """Makes COUNT decisions; returns their ids."""
    ids = [f"{name}-{number}" for number in range(COUNT)]
    client.batch_rank({"portfolio_id": SHOP, "customer_id": f"customer-{one}", "decision_id": one} for one in ids)
    return ids


def post_file(client: Client, ids: list[str], sent: datetime, through: datetime) -> None:
    """Posts a file in which every second customer bought, complete through a time."""
    client.batch_reward(
        (
            {"type": "CONVERSION", "customer_id": f"customer-{one}", "occur_time": sent + timedelta(hours=1)}
            for one in ids[::2]
        ),
        SHOP,
        [{"type": "CONVERSION", "complete_through": through}],
    )


def learned(client: Client) -> tuple[int, float]:
    """Returns how many decisions were learned from once all that is due is, and their mean reward."""
    count = client.catch_up(SHOP).learned_count
    return count, client.get_model(SHOP).mean_reward if count else 0.0


def states(client: Client, ids: list[str]) -> set[str]:
    """Returns the states in which decisions are."""
    return {SettleState.Name(client.get_decision(one).settle_state).removeprefix("SETTLE_STATE_") for one in ids}


def test_decisions_wait_for_a_weekly_file(client: Client) -> None:
    """Decisions whose window is over wait for the weekly file and are then learned with what it says."""
    ids = decide(client, "monday")
    client.set_time(START + 5 * DAY)
    assert (0, 0.0) == learned(client)
    assert {"OPEN"} == states(client, ids)

    client.set_time(START + 6 * DAY)
    post_file(client, ids, START, START + 6 * DAY)

    assert (COUNT, 0.5) == learned(client)
    assert {"SETTLED"} == states(client, ids)


def test_a_dead_feed_teaches_nothing(client: Client) -> None:
    """Decisions whose feed stays silent lapse unlearned; once the file comes, a relearn takes them in as it says."""
    ids = decide(client, "monday")
    client.set_time(START + 10 * DAY)
    assert (0, 0.0) == learned(client)
    assert {"FEED_LAPSED"} == states(client, ids)

    post_file(client, ids, START, START + 9 * DAY)
    assert (0, 0.0) == learned(client)
    client.relearn_model(SHOP)
    wait_until(lambda: learned(client)[0] == COUNT, "the relearn takes over")

    assert (COUNT, 0.5) == learned(client)
