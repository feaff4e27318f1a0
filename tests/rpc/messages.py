"""Messages that tests start from."""

from __future__ import annotations

from typing import Any

from banditsvc.v1 import campaign_pb2, outcome_pb2, portfolio_pb2, ranking_pb2
from tests.rpc.live import START_SECONDS, Live

CAMPAIGN_IDS = ("news", "sale", "winback")


def portfolio(portfolio_id: str = "shop", **changes: Any) -> portfolio_pb2.Portfolio:
    """Returns a portfolio that is learned from by clicks within an hour."""
    members: dict[str, Any] = {
        "portfolio_id": portfolio_id,
        "currency": "EUR",
        "reward_spec": {
            "weights": [{"type": outcome_pb2.OUTCOME_TYPE_CLICK, "weight": 1.0}],
            "greatest_reward": 1.0,
            "outcome_window": {"seconds": 3600},
        },
    }
    return portfolio_pb2.Portfolio(**(members | changes))


def rank(customer_id: str = "c1", **changes: Any) -> ranking_pb2.RankRequest:
    """Returns a request over the whole catalogue."""
    members: dict[str, Any] = {"portfolio_id": "shop", "customer_id": customer_id, "context": {"recency_days": 10.0}}
    return ranking_pb2.RankRequest(**(members | changes))


def reward(**changes: Any) -> ranking_pb2.RewardRequest:
    """Returns a click of customer c1 at the start."""
    members: dict[str, Any] = {
        "type": outcome_pb2.OUTCOME_TYPE_CLICK,
        "customer_id": "c1",
        "occur_time": {"seconds": START_SECONDS},
    }
    if "decision_id" in changes:
        del members["customer_id"]
    return ranking_pb2.RewardRequest(portfolio_id="shop", outcome=members | changes)


def open_shop(live: Live, **changes: Any) -> None:
    """Creates the portfolio and its three campaigns."""
    create = portfolio_pb2.CreatePortfolioRequest(portfolio=portfolio(**changes))
    live.call("PortfolioService/CreatePortfolio", create, portfolio_pb2.CreatePortfolioResponse)
    for place, campaign_id in enumerate(CAMPAIGN_IDS, start=1):
        campaign = campaign_pb2.Campaign(campaign_id=campaign_id, fixed_priority=place)
        live.call(
            "CampaignService/CreateCampaign",
            campaign_pb2.CreateCampaignRequest(portfolio_id="shop", campaign=campaign),
            campaign_pb2.CreateCampaignResponse,
        )
