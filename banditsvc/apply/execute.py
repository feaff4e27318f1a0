"""Makes the changes of a plan."""

from __future__ import annotations

from banditsvc.apply.plan import Action, Change, Plan
from banditsvc.client import Client
from banditsvc.v1 import campaign_pb2, policy_pb2, portfolio_pb2


def execute(client: Client, plan: Plan) -> int:
    """Makes the pending changes one after the other and returns their number. A repeat after a failure is safe.

    Raises:
        BanditsvcError: The service refused one or did not answer; the changes before it stand.
    """
    for change in plan.pending:
        _make(client, change)
    return len(plan.pending)


def _make(client: Client, change: Change) -> None:
    match change.wanted, change.action:
        case portfolio_pb2.Portfolio() as portfolio, Action.CREATE:
            client.create_portfolio(portfolio)
        case portfolio_pb2.Portfolio() as portfolio, _:
            client.update_portfolio(portfolio)
        case campaign_pb2.Campaign() as campaign, Action.CREATE:
            client.create_campaign(change.portfolio_id, campaign)
        case campaign_pb2.Campaign() as campaign, Action.UPDATE:
            client.update_campaign(change.portfolio_id, campaign)
        case campaign_pb2.Campaign() as campaign, _:
            client.pause_campaign(change.portfolio_id, campaign.campaign_id)
        case policy_pb2.Policy() as policy, _:
            stored = client.create_policy(policy)
            client.deploy_policy(change.portfolio_id, stored.policy_version)
