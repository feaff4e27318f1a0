"""Portfolios whose models have learned, so that a benchmark's policy has predictions and deviations to work with."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

from google.protobuf.timestamp_pb2 import Timestamp

from banditsvc.client import Client
from banditsvc.v1 import outcome_pb2, ranking_pb2
from benchmarks.decisions import SERVER_CORE, campaign_fields, campaign_id, create_portfolio, rank_request
from benchmarks.servers import ranking_server

CAMPAIGNS = 20
CANDIDATES = 10
DEFAULT = "bench"
"""The portfolio with the product's defaults: Thompson sampling on the posterior learner."""
VOWPAL_WABBIT = "bench-vw"
"""The one that learns by Vowpal Wabbit, and so chooses by SquareCB."""

_DECISIONS = 6_000
_BATCH = 500
_WINDOW_SECONDS = 1
_LEARNED_WITHIN_SECONDS = 120.0


def request(portfolio_id: str, number: int) -> ranking_pb2.RankRequest:
    """Returns one of the benchmark's requests: 10 of 20 candidates."""
    candidates = [campaign_id((number + place) % CAMPAIGNS) for place in range(CANDIDATES)]
    return rank_request(portfolio_id, number, candidates)


def click(portfolio_id: str, decision_id: str, outcome_id: str, now: Timestamp) -> ranking_pb2.RewardRequest:
    """Returns a click on what a decision chose."""
    outcome = outcome_pb2.Outcome(
        outcome_id=outcome_id, decision_id=decision_id, type=outcome_pb2.OUTCOME_TYPE_CLICK, occur_time=now
    )
    return ranking_pb2.RewardRequest(portfolio_id=portfolio_id, outcome=outcome)


def learn(data_dir: Path) -> None:
    """Creates both portfolios in a new log and lets each learn from some thousand decisions, then stops.

    Raises:
        TimeoutError: They were not learned from within two minutes.
    """
    os.environ["BANDITSVC_LEARNER__PUBLISH_INTERVAL_SECONDS"] = "0"
    with ranking_server(data_dir, SERVER_CORE, _create) as (_, address), Client(address) as client:
        for portfolio_id in (DEFAULT, VOWPAL_WABBIT):
            _decide(client, portfolio_id)
        for portfolio_id in (DEFAULT, VOWPAL_WABBIT):
            _wait(client, portfolio_id)


def _create(client: Client) -> None:
    campaigns = [campaign_fields(number) for number in range(CAMPAIGNS)]
    reward = {
        "weights": [{"type": "CLICK", "weight": 1.0}],
        "greatest_reward": 1.0,
        "outcome_window": f"{_WINDOW_SECONDS}s",
    }
    create_portfolio(client, DEFAULT, campaigns, {"reward_spec": reward})
    learner = {"learner": "VOWPAL_WABBIT"}
    create_portfolio(client, VOWPAL_WABBIT, campaigns, {"reward_spec": reward, "learner_spec": learner})


def _decide(client: Client, portfolio_id: str) -> None:
    """Decides, and posts clicks by rates that rise from campaign to campaign."""
    generator = random.Random(1)
    for first in range(0, _DECISIONS, _BATCH):
        results = client.batch_rank([request(portfolio_id, number) for number in range(first, first + _BATCH)]).results
        now = Timestamp()
        now.GetCurrentTime()
        decisions = [result.response.decision for result in results]
        clicks = [
            click(portfolio_id, decision.decision_id, decision.decision_id, now)
            for decision in decisions
            if generator.random() < 0.02 + 0.01 * int(decision.campaign_id[-2:])
        ]
        client.batch_reward(clicks)


def _wait(client: Client, portfolio_id: str) -> None:
    until = time.monotonic() + _LEARNED_WITHIN_SECONDS
    while client.get_model(portfolio_id).learned_count < _DECISIONS:
        if time.monotonic() > until:
            raise TimeoutError(f"portfolio {portfolio_id} was not learned")
        time.sleep(0.5)
