"""Settings of several things at once: protobuf to core values."""

from __future__ import annotations

from banditsvc.core.policy import Policy
from banditsvc.core.portfolio import Portfolio
from banditsvc.rpc.faults import Faults
from banditsvc.rpc.wire_campaign import read_campaign
from banditsvc.rpc.wire_labels import check_distinct
from banditsvc.rpc.wire_organization import read_organization
from banditsvc.rpc.wire_policy import read_policy_at
from banditsvc.rpc.wire_portfolio import read_portfolio_at
from banditsvc.rpc.wire_text import read_id
from banditsvc.serving.wanted_settings import WantedPortfolio, WantedSettings
from banditsvc.v1 import policy_pb2, portfolio_pb2
from banditsvc.v1 import settings_pb2 as pb


def read_settings(request: pb.ApplySettingsRequest) -> WantedSettings:
    """Returns what a caller wants of organizations and portfolios.

    Raises:
        InvalidRequest: Fields are malformed, or something is named twice; it names all of them.
    """
    faults = Faults()
    organizations, portfolios = request.organizations, request.portfolios
    check_distinct([message.organization_id for message in organizations], "organizations", "organization_id", faults)
    check_distinct([message.portfolio_id for message in portfolios], "portfolios", "portfolio_id", faults)
    wanted = WantedSettings(
        organizations=tuple(
            read_organization(message, f"organizations[{place}]", faults) for place, message in enumerate(organizations)
        ),
        portfolios=tuple(
            _read_portfolio_settings(message, f"portfolios[{place}]", faults)
            for place, message in enumerate(portfolios)
        ),
    )
    faults.raise_if_any()
    return wanted


def _read_portfolio_settings(message: pb.PortfolioSettings, path: str, faults: Faults) -> WantedPortfolio:
    campaign_ids = [campaign.campaign_id for campaign in message.campaigns]
    check_distinct(campaign_ids, f"{path}.campaigns", "campaign_id", faults)
    return WantedPortfolio(
        portfolio_id=read_id(message.portfolio_id, f"{path}.portfolio_id", faults),
        portfolio=_read_portfolio(message, f"{path}.portfolio", faults) if message.HasField("portfolio") else None,
        campaigns=tuple(
            read_campaign(campaign, f"{path}.campaigns[{place}]", faults)
            for place, campaign in enumerate(message.campaigns)
        ),
        paused_campaign_ids=_read_paused(message, f"{path}.paused_campaign_ids", faults),
        policy=_read_policy(message, f"{path}.policy", faults) if message.HasField("policy") else None,
    )


def _read_paused(message: pb.PortfolioSettings, path: str, faults: Faults) -> tuple[str, ...]:
    wanted = {campaign.campaign_id for campaign in message.campaigns}
    for place, campaign_id in enumerate(message.paused_campaign_ids):
        read_id(campaign_id, f"{path}[{place}]", faults)
        if campaign_id in wanted:
            faults.add(f"{path}[{place}]", "names one of campaigns; say its state there")
    return tuple(message.paused_campaign_ids)


def _read_portfolio(message: pb.PortfolioSettings, path: str, faults: Faults) -> Portfolio:
    """Returns the portfolio; its portfolio_id may be left to what stands around it."""
    named = portfolio_pb2.Portfolio()
    named.CopyFrom(message.portfolio)
    named.portfolio_id = named.portfolio_id or message.portfolio_id
    _check_id(named.portfolio_id, message.portfolio_id, f"{path}.portfolio_id", faults)
    return read_portfolio_at(named, path, faults)


def _read_policy(message: pb.PortfolioSettings, path: str, faults: Faults) -> Policy:
    """Returns the policy; its portfolio_id may be left to what stands around it."""
    named = policy_pb2.Policy()
    named.CopyFrom(message.policy)
    named.portfolio_id = named.portfolio_id or message.portfolio_id
    _check_id(named.portfolio_id, message.portfolio_id, f"{path}.portfolio_id", faults)
    return read_policy_at(named, path, faults)


def _check_id(given: str, wanted: str, path: str, faults: Faults) -> None:
    if given != wanted:
        faults.add(path, "must be the portfolio_id of the settings that it stands in, or empty")
