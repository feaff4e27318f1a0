"""Changes of campaigns, on a draft."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from banditsvc.core.campaign import Campaign, CampaignState
from banditsvc.core.errors import AlreadyExists, FailedPrecondition, FieldViolation, InvalidRequest, NotFound
from banditsvc.ports import CampaignVersion
from banditsvc.serving.portfolio_state import PortfolioState
from banditsvc.serving.settings_draft import SettingsDraft


def create_campaign(draft: SettingsDraft, portfolio_id: str, campaign: Campaign) -> None:
    """Adds a campaign. The same again changes nothing.

    Raises:
        NotFound: There is no such portfolio.
        AlreadyExists: The id is taken by another content.
        InvalidRequest: renamed_from names no former campaign.
    """
    state = draft.after.state(portfolio_id)
    campaign = _resolved(draft, state, campaign)
    stored = state.campaigns.get(campaign.campaign_id)
    if stored is None:
        _store(draft, portfolio_id, campaign)
    elif stored.campaign != campaign:
        raise AlreadyExists("campaign", campaign.campaign_id, "another content; use UpdateCampaign")


def update_campaign(draft: SettingsDraft, portfolio_id: str, campaign: Campaign) -> None:
    """Replaces a campaign as a whole.

    Raises:
        NotFound: There is no such portfolio or campaign.
        InvalidRequest: renamed_from names no former campaign.
    """
    state = draft.after.state(portfolio_id)
    if stored_campaign(state, campaign.campaign_id).campaign != (campaign := _resolved(draft, state, campaign)):
        _store(draft, portfolio_id, campaign)


def put_campaign(draft: SettingsDraft, portfolio_id: str, campaign: Campaign) -> None:
    """Creates a campaign or replaces it."""
    known = campaign.campaign_id in draft.after.state(portfolio_id).campaigns
    change = update_campaign if known else create_campaign
    change(draft, portfolio_id, campaign)


def pause_campaign(draft: SettingsDraft, portfolio_id: str, campaign_id: str) -> None:
    """Pauses a campaign. One that is paused stays as it is.

    Raises:
        NotFound: There is no such portfolio or campaign.
        FailedPrecondition: The campaign has ended.
    """
    stored = stored_campaign(draft.after.state(portfolio_id), campaign_id).campaign
    if stored.state is CampaignState.ENDED:
        raise FailedPrecondition("CAMPAIGN_ENDED", f"campaign {campaign_id!r} has ended; it cannot be paused")
    if stored.state is not CampaignState.PAUSED:
        _store(draft, portfolio_id, dataclasses.replace(stored, state=CampaignState.PAUSED))


def stored_campaign(state: PortfolioState, campaign_id: str) -> CampaignVersion:
    """Returns a campaign of the catalogue.

    Raises:
        NotFound: There is no such campaign.
    """
    version = state.campaigns.get(campaign_id)
    if version is None:
        raise NotFound("campaign", campaign_id)
    return version


def former_first(campaigns: Sequence[Campaign]) -> list[Campaign]:
    """Returns campaigns so that each comes after the one that its renamed_from names."""
    by_id = {campaign.campaign_id: campaign for campaign in campaigns}
    ordered: dict[str, Campaign] = {}
    for campaign in campaigns:
        for former in reversed(_chain(campaign, by_id)):
            ordered.setdefault(former.campaign_id, former)
    return list(ordered.values())


def _chain(campaign: Campaign, by_id: Mapping[str, Campaign]) -> list[Campaign]:
    """Returns a campaign and its former ones, as far as they are known; a circle is gone through once."""
    chain = {campaign.campaign_id: campaign}
    while (former := by_id.get(campaign.renamed_from)) is not None and former.campaign_id not in chain:
        campaign = chain[former.campaign_id] = former
    return list(chain.values())


def _resolved(draft: SettingsDraft, state: PortfolioState, campaign: Campaign) -> Campaign:
    """Returns a campaign with the id that it is learned under."""
    if not campaign.renamed_from:
        return dataclasses.replace(campaign, learned_as="")
    former = state.campaigns.get(campaign.renamed_from)
    learned_as = "" if former is None else former.campaign.learned_as or former.campaign.campaign_id
    if learned_as in ("", campaign.campaign_id):
        path = draft.path("campaign", state.portfolio.value.portfolio_id, campaign.campaign_id)
        remedy = (
            f"must name a campaign of the catalogue; {campaign.renamed_from!r} is none"
            if former is None
            else f"must name a former campaign; {campaign.renamed_from!r} is itself renamed from this one"
        )
        raise InvalidRequest([FieldViolation(f"{path}.renamed_from", remedy)])
    return dataclasses.replace(campaign, learned_as=learned_as)


def _store(draft: SettingsDraft, portfolio_id: str, campaign: Campaign) -> None:
    version = draft.after.state(portfolio_id).catalogue_version + 1
    draft.store(CampaignVersion(portfolio_id=portfolio_id, catalogue_version=version, campaign=campaign))
