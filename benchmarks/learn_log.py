"""The logs of benchmarks/learn.py: decisions by the service itself, with their answers."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from banditsvc.client import Client
from banditsvc.store.sqlite_log import SqliteLog
from banditsvc.v1 import ranking_pb2
from benchmarks.decisions import (
    SERVER_CORE,
    campaign_fields,
    campaign_id,
    check_logged,
    create_portfolio,
    decision_count,
    rank_request,
)
from benchmarks.servers import ranking_server

PORTFOLIO_ID = "bench"
DECISIONS = 50_000
ANSWERED = 10
"""One of so many decisions is answered."""
WINDOW_SECONDS = 5
_BATCH = 500


def create(client: Client, campaigns: int, learner: str, settle: dict[str, Any]) -> None:
    """Creates a portfolio whose outcome windows are short."""
    reward = {"weights": [{"type": "CLICK", "weight": 1.0}], "greatest_reward": 1.0}
    settings = {
        "reward_spec": {**reward, "outcome_window": f"{WINDOW_SECONDS}s"},
        "learner_spec": {"learner": learner},
        "settle_spec": settle,
    }
    create_portfolio(client, PORTFOLIO_ID, [campaign_fields(number) for number in range(campaigns)], settings)


def requests(first: int, count: int, campaigns: int) -> list[ranking_pb2.RankRequest]:
    """Returns some of the benchmarks' requests, with all campaigns as candidates."""
    candidates = [campaign_id(place) for place in range(campaigns)]
    return [rank_request(PORTFOLIO_ID, number, candidates) for number in range(first, first + count)]


def fill_log(data_dir: Path, campaigns: int, learner: str) -> None:
    """Makes a log of decisions, of which every tenth is answered, all with their windows over.

    Raises:
        SystemExit: The log did not get a decision for each request.
    """

    def set_up(client: Client) -> None:
        create(client, campaigns, learner, {})

    with ranking_server(data_dir, SERVER_CORE, set_up, "--no-learner") as (_, address), Client(address) as client:
        for first in range(0, DECISIONS, _BATCH):
            ranked = client.batch_rank(requests(first, _BATCH, campaigns))
            names = [result.response.decision.decision_id for result in ranked.results]
            now = datetime.now(UTC)
            client.batch_reward(
                [{"type": "CLICK", "occur_time": now, "decision_id": name} for name in names[::ANSWERED]],
                portfolio_id=PORTFOLIO_ID,
            )
        log = SqliteLog(data_dir / "log.db", read_only=True)
        end_us = log.watermark().time_us + WINDOW_SECONDS * 1_000_000
        while log.watermark().time_us < end_us:
            time.sleep(0.1)
        log.close()
    check_logged(learner, DECISIONS, decision_count(data_dir, PORTFOLIO_ID))
