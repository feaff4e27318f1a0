"""Wanted settings: what a caller wants of several things at once, stored whole or not at all."""

from __future__ import annotations

from dataclasses import dataclass

from banditsvc.core.campaign import Campaign, CampaignState
from banditsvc.core.organization import Organization
from banditsvc.core.policy import Policy
from banditsvc.core.portfolio import Portfolio
from banditsvc.serving.campaign_changes import former_first, pause_campaign, put_campaign
from banditsvc.serving.organization_changes import put_organization
from banditsvc.serving.policy_changes import put_policy
from banditsvc.serving.policy_gate import newly_uncertified
from banditsvc.serving.portfolio_changes import put_portfolio
from banditsvc.serving.settings_draft import SettingsDraft
from banditsvc.serving.settings_warnings import settings_warnings


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedPortfolio:
    """What is wanted of one portfolio. What is None or absent is left as it is."""

    portfolio_id: str
    portfolio: Portfolio | None = None
    campaigns: tuple[Campaign, ...] = ()
    """To create or replace."""
    paused_campaign_ids: tuple[str, ...] = ()
    policy: Policy | None = None
    """To store and put to work."""
    override_reason: str = ""
    """Why the policy goes live without a certificate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedSettings:
    """What is wanted of organizations and portfolios."""

    organizations: tuple[Organization, ...] = ()
    portfolios: tuple[WantedPortfolio, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What was stored, or would be."""

    change_count: int
    """Organizations, portfolios, campaigns and policies that changed."""
    stopped_campaigns: tuple[tuple[str, str], ...]
    """Portfolio and id of each campaign that was live and is no longer."""
    warnings: tuple[str, ...] = ()
    """What may be a mistake, in words for people."""


def draft_wanted(draft: SettingsDraft, wanted: WantedSettings) -> Applied:
    """Makes the changes on a draft that leads to what is wanted. Paths are those of ApplySettingsRequest.

    Raises:
        BanditError: One of the changes cannot be made.
    """
    count = 0
    for organization in wanted.organizations:
        noted = len(draft.records)
        put_organization(draft, organization)
        count += len(draft.records) > noted
    for place, portfolio in enumerate(wanted.portfolios):
        count += _draft_portfolio(draft, portfolio, f"portfolios[{place}]")
    organization_ids = [organization.organization_id for organization in wanted.organizations]
    portfolio_ids = [portfolio.portfolio_id for portfolio in wanted.portfolios]
    return Applied(
        change_count=count,
        stopped_campaigns=stopped_campaigns(draft),
        warnings=(
            *settings_warnings(draft.after, organization_ids, portfolio_ids),
            *newly_uncertified(draft).values(),
        ),
    )


def stopped_campaigns(draft: SettingsDraft) -> tuple[tuple[str, str], ...]:
    """Returns portfolio and id of each campaign that is live before a draft and not after it."""
    return tuple(
        (portfolio_id, campaign_id)
        for portfolio_id in draft.changed
        if (before := draft.before.portfolios.get(portfolio_id)) is not None
        for campaign_id, version in before.campaigns.items()
        if version.campaign.state is CampaignState.LIVE
        and draft.after.portfolios[portfolio_id].campaigns[campaign_id].campaign.state is not CampaignState.LIVE
    )


def _draft_portfolio(draft: SettingsDraft, wanted: WantedPortfolio, path: str) -> int:
    """Makes the changes of one portfolio and returns their number."""
    _name_paths(draft, wanted, path)
    count = 0
    noted = len(draft.records)
    if wanted.portfolio is not None:
        put_portfolio(draft, wanted.portfolio)
        count += len(draft.records) > noted
    draft.after.state(wanted.portfolio_id)
    noted = len(draft.records)
    for campaign in former_first(wanted.campaigns):
        put_campaign(draft, wanted.portfolio_id, campaign)
    for campaign_id in wanted.paused_campaign_ids:
        pause_campaign(draft, wanted.portfolio_id, campaign_id)
    count += len(draft.records) - noted
    noted = len(draft.records)
    if wanted.policy is not None:
        put_policy(draft, wanted.policy)
        count += len(draft.records) > noted
    draft.override(wanted.portfolio_id, wanted.override_reason)
    return count


def _name_paths(draft: SettingsDraft, wanted: WantedPortfolio, path: str) -> None:
    draft.name(f"{path}.portfolio", "portfolio", wanted.portfolio_id)
    draft.name(f"{path}.policy", "policy", wanted.portfolio_id)
    for place, campaign in enumerate(wanted.campaigns):
        draft.name(f"{path}.campaigns[{place}]", "campaign", wanted.portfolio_id, campaign.campaign_id)
