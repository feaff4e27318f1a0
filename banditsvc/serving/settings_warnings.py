"""Settings warnings: what is stored as wanted and yet may be a mistake, in words for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from banditsvc.core.campaign import Campaign, CampaignState, CampaignType
from banditsvc.core.contact_policy import ContactPolicy
from banditsvc.core.organization import DEFAULT_ORGANIZATION_ID, Organization
from banditsvc.core.portfolio import Portfolio
from banditsvc.serving.portfolio_state import PortfolioState
from banditsvc.serving.price_changes import prices_in_force
from banditsvc.serving.stored_settings import StoredSettings
from banditsvc.serving.unused_selectors import unused_limits, unused_selectors

_MOST_NAMED = 3


def settings_warnings(
    stored: StoredSettings, organization_ids: Iterable[str], portfolio_ids: Iterable[str]
) -> tuple[str, ...]:
    """Returns the warnings about some organizations with all their portfolios, and about some portfolios."""
    looked_at = dict.fromkeys(portfolio_ids)
    found: list[str] = []
    for organization_id in organization_ids:
        organization = stored.organization(organization_id).value
        portfolios = stored.portfolios_of(organization_id)
        looked_at |= dict.fromkeys(portfolios)
        campaigns = [campaign for name in portfolios for campaign in _campaigns(stored.state(name))]
        owner = f"organization {organization_id!r}"
        found += unused_selectors(organization.contact_policy, organization.capacities, campaigns, owner)
    for portfolio_id in looked_at:
        found += _portfolio_warnings(stored, portfolio_id)
    return tuple(found)


def _portfolio_warnings(stored: StoredSettings, portfolio_id: str) -> Iterator[str]:
    state = stored.state(portfolio_id)
    portfolio, campaigns = state.portfolio.value, _campaigns(state)
    owner = f"portfolio {portfolio_id!r}"
    yield from _consent_warnings(stored.organization(portfolio.organization_id).value, state, owner)
    yield from unused_selectors(portfolio.contact_policy, portfolio.capacities, campaigns, owner, portfolio.minimums)
    yield from _price_warnings(stored.organization(portfolio.organization_id).value, state, owner)
    yield from _assignment_warnings(stored.organization(portfolio.organization_id).value, portfolio, owner)
    yield from unused_limits(state.policy.value, campaigns, owner)
    names = {rule.name for rule in portfolio.rules}
    for campaign in campaigns:
        for name in (rule.name for rule in campaign.rules if rule.name in names):
            yield (
                f"rule {name!r} is a name of {owner} and of campaign {campaign.campaign_id!r} alike: "
                "reports cannot tell them apart"
            )


def _assignment_warnings(organization: Organization, portfolio: Portfolio, owner: str) -> Iterator[str]:
    """Yields what a division into groups asks of those who call."""
    channels = sorted(
        {spec.channel for spec in (*organization.assignments, *portfolio.assignments) if spec.channel and spec.divides}
    )
    if channels:
        yield (
            f"customers of {owner} are assigned to groups by channel ({', '.join(channels)}): "
            "from now on every request of Rank must name its channel"
        )


def _price_warnings(organization: Organization, state: PortfolioState, owner: str) -> Iterator[str]:
    """Yields that prices are not in force any more."""
    if state.prices is not None and prices_in_force(state, organization) is None:
        yield (
            f"the prices of {owner} that run {state.prices.value.run_id!r} found are not in force: a limit has changed "
            "since. The next run over an audience finds new ones"
        )


def _consent_warnings(organization: Organization, state: PortfolioState, owner: str) -> Iterator[str]:
    """Yields the campaigns that need no consent, where something shows that consent matters."""
    portfolio = state.portfolio.value
    open_to_all = [
        campaign
        for campaign in _campaigns(state)
        if not campaign.purpose
        and campaign.type is not CampaignType.TRANSACTIONAL
        and campaign.state is not CampaignState.ENDED
    ]
    matters = (
        portfolio.contact_policy != ContactPolicy()
        or portfolio.organization_id != DEFAULT_ORGANIZATION_ID
        or any(campaign.purpose for campaign in _campaigns(state))
    )
    if open_to_all and matters and not organization.default_purpose:
        one = len(open_to_all) == 1
        yield (
            f"{'campaign' if one else 'campaigns'} {_named(open_to_all)} of {owner} "
            f"{'needs no consent: it names' if one else 'need no consent: they name'} no purpose and organization "
            f"{organization.organization_id!r} has no default_purpose"
        )


def _campaigns(state: PortfolioState) -> list[Campaign]:
    return [version.campaign for version in state.campaigns.values()]


def _named(campaigns: Sequence[Campaign]) -> str:
    shown = ", ".join(campaign.campaign_id for campaign in campaigns[:_MOST_NAMED])
    return shown if len(campaigns) <= _MOST_NAMED else f"{shown} (and {len(campaigns) - _MOST_NAMED} more)"
