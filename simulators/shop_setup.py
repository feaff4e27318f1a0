"""Sets up what a simulation plays in: a portfolio with its campaigns and, where wished, a policy."""

from __future__ import annotations

from collections.abc import Iterable

from banditsvc.client import Client
from banditsvc.v1.campaign_pb2 import Campaign
from banditsvc.v1.policy_pb2 import Policy
from banditsvc.v1.portfolio_pb2 import Portfolio


def set_up_shop(
    client: Client, portfolio: Portfolio, campaigns: Iterable[Campaign], policy: Policy | None = None
) -> None:
    """Creates a sandbox with its campaigns; without a policy the service's default one stays at work."""
    sandbox = Portfolio(sandbox=True)
    sandbox.MergeFrom(portfolio)
    client.create_portfolio(sandbox)
    portfolio_id = portfolio.portfolio_id
    for campaign in campaigns:
        client.create_campaign(portfolio_id, campaign)
    if policy is not None:
        wished = Policy(portfolio_id=portfolio_id)
        wished.MergeFrom(policy)
        client.deploy_policy(portfolio_id, client.create_policy(wished).policy_version)
