"""Makes the changes of a plan."""

from __future__ import annotations

from banditsvc.apply.plan import Action, Change, Plan
from banditsvc.stubs import Stubs
from banditsvc.v1 import campaign_pb2, policy_pb2, portfolio_pb2


def execute(stubs: Stubs, plan: Plan) -> int:
    """Makes the pending changes one after the other and returns their number. A repeat after a failure is safe.

    Raises:
        grpc.RpcError: The service refused one or did not answer; the changes before it stand.
    """
    for change in plan.pending:
        _make(stubs, change)
    return len(plan.pending)


def _make(stubs: Stubs, change: Change) -> None:
    match change.wanted:
        case portfolio_pb2.Portfolio() as portfolio:
            _make_portfolio(stubs, change.action, portfolio)
        case campaign_pb2.Campaign() as campaign:
            _make_campaign(stubs, change, campaign)
        case policy_pb2.Policy() as policy:
            _deploy(stubs, policy)


def _make_portfolio(stubs: Stubs, action: Action, portfolio: portfolio_pb2.Portfolio) -> None:
    if action is Action.CREATE:
        stubs.portfolios.CreatePortfolio(portfolio_pb2.CreatePortfolioRequest(portfolio=portfolio))
    else:
        stubs.portfolios.UpdatePortfolio(portfolio_pb2.UpdatePortfolioRequest(portfolio=portfolio))


def _make_campaign(stubs: Stubs, change: Change, campaign: campaign_pb2.Campaign) -> None:
    portfolio_id = change.portfolio_id
    if change.action is Action.CREATE:
        create = campaign_pb2.CreateCampaignRequest(portfolio_id=portfolio_id, campaign=campaign)
        stubs.campaigns.CreateCampaign(create)
    elif change.action is Action.UPDATE:
        update = campaign_pb2.UpdateCampaignRequest(portfolio_id=portfolio_id, campaign=campaign)
        stubs.campaigns.UpdateCampaign(update)
    else:
        pause = campaign_pb2.PauseCampaignRequest(portfolio_id=portfolio_id, campaign_id=campaign.campaign_id)
        stubs.campaigns.PauseCampaign(pause)


def _deploy(stubs: Stubs, policy: policy_pb2.Policy) -> None:
    stored = stubs.policies.CreatePolicy(policy_pb2.CreatePolicyRequest(policy=policy)).policy
    request = policy_pb2.DeployPolicyRequest(portfolio_id=policy.portfolio_id, policy_version=stored.policy_version)
    stubs.policies.DeployPolicy(request)
