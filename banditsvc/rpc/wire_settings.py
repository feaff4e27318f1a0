"""Settings of several things at once: protobuf to core values."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any, TypeVar

from banditsvc.rpc.faults import Faults
from banditsvc.rpc.wire_campaign import read_campaign
from banditsvc.rpc.wire_labels import check_distinct
from banditsvc.rpc.wire_organization import read_organization
from banditsvc.rpc.wire_policy import read_override_reason, read_policy_at
from banditsvc.rpc.wire_portfolio import read_portfolio_at
from banditsvc.rpc.wire_text import read_id
from banditsvc.serving.wanted_settings import WantedPortfolio, WantedSettings
from banditsvc.v1 import settings_pb2 as pb

V = TypeVar("V")


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
        portfolio=_read_part(message, "portfolio", read_portfolio_at, path, faults),
        campaigns=tuple(
            read_campaign(campaign, f"{path}.campaigns[{place}]", faults)
            for place, campaign in enumerate(message.campaigns)
        ),
        paused_campaign_ids=_read_paused(message, f"{path}.paused_campaign_ids", faults),
        policy=_read_part(message, "policy", read_policy_at, path, faults),
        override_reason=read_override_reason(message.override_reason, f"{path}.override_reason", faults),
    )


def _read_paused(message: pb.PortfolioSettings, path: str, faults: Faults) -> tuple[str, ...]:
    wanted = {campaign.campaign_id for campaign in message.campaigns}
    for place, campaign_id in enumerate(message.paused_campaign_ids):
        read_id(campaign_id, f"{path}[{place}]", faults)
        if campaign_id in wanted:
            faults.add(f"{path}[{place}]", "names one of campaigns; say its state there")
    return tuple(message.paused_campaign_ids)


def _read_part(
    message: pb.PortfolioSettings, name: str, read: Callable[[Any, str, Faults], V], path: str, faults: Faults
) -> V | None:
    """Returns the portfolio or the policy, None without; its portfolio_id may be left to what stands around it."""
    if not message.HasField(name):
        return None
    part = deepcopy(getattr(message, name))
    part.portfolio_id = part.portfolio_id or message.portfolio_id
    if part.portfolio_id != message.portfolio_id:
        remedy = "must be the portfolio_id of the settings that it stands in, or empty"
        faults.add(f"{path}.{name}.portfolio_id", remedy)
    return read(part, f"{path}.{name}", faults)
