"""CampaignService: create, get, list, update, pause."""

from __future__ import annotations

from banditsvc.core.campaign import Campaign, CampaignState
from banditsvc.ports import CampaignVersion, Clock, UnsentDecisions
from banditsvc.rpc.faults import Faults
from banditsvc.rpc.page import page_of
from banditsvc.rpc.required import require_ids
from banditsvc.rpc.wire_campaign import read_campaign, write_campaign
from banditsvc.rpc.wire_text import read_id
from banditsvc.serving.resources import Resources
from banditsvc.v1 import campaign_pb2 as pb

MOST_UNSENT_IDS = 1_000
"""Decisions that wait to be sent, named in an answer; their number is told in any case."""


class CampaignServicer:
    """Answers CampaignService."""

    def __init__(self, resources: Resources, clock: Clock) -> None:
        self._resources = resources
        self._clock = clock

    async def CreateCampaign(self, request: pb.CreateCampaignRequest) -> pb.CreateCampaignResponse:  # noqa: N802
        """Adds a campaign to a catalogue."""
        stored = await self._resources.create_campaign(request.portfolio_id, _read(request))
        return pb.CreateCampaignResponse(
            campaign=write_campaign(stored.campaign), catalogue_version=stored.catalogue_version
        )

    async def GetCampaign(self, request: pb.GetCampaignRequest) -> pb.GetCampaignResponse:  # noqa: N802
        """Returns one campaign."""
        require_ids(portfolio_id=request.portfolio_id, campaign_id=request.campaign_id)
        stored = self._resources.campaign(request.portfolio_id, request.campaign_id)
        return pb.GetCampaignResponse(campaign=write_campaign(stored.campaign))

    async def ListCampaigns(self, request: pb.ListCampaignsRequest) -> pb.ListCampaignsResponse:  # noqa: N802
        """Returns a page of a catalogue by campaign_id."""
        require_ids(portfolio_id=request.portfolio_id)
        page, token = page_of(
            self._resources.campaigns(request.portfolio_id),
            lambda stored: stored.campaign.campaign_id,
            request.page_size,
            request.page_token,
            ("ListCampaigns", request.portfolio_id),
        )
        return pb.ListCampaignsResponse(
            campaigns=[write_campaign(stored.campaign) for stored in page],
            next_page_token=token,
            catalogue_version=self._resources.catalogue_version(request.portfolio_id),
        )

    async def UpdateCampaign(self, request: pb.UpdateCampaignRequest) -> pb.UpdateCampaignResponse:  # noqa: N802
        """Replaces a campaign as a whole."""
        stored = await self._resources.update_campaign(request.portfolio_id, _read(request))
        is_live = stored.campaign.state is CampaignState.LIVE
        unsent = UnsentDecisions((), 0) if is_live else await self._unsent(stored)
        return pb.UpdateCampaignResponse(
            campaign=write_campaign(stored.campaign),
            catalogue_version=stored.catalogue_version,
            unsent_decision_ids=unsent.decision_ids,
            unsent_count=unsent.count,
        )

    async def PauseCampaign(self, request: pb.PauseCampaignRequest) -> pb.PauseCampaignResponse:  # noqa: N802
        """Pauses a campaign."""
        require_ids(portfolio_id=request.portfolio_id, campaign_id=request.campaign_id)
        stored = await self._resources.pause_campaign(request.portfolio_id, request.campaign_id)
        unsent = await self._unsent(stored)
        return pb.PauseCampaignResponse(
            campaign=write_campaign(stored.campaign),
            catalogue_version=stored.catalogue_version,
            unsent_decision_ids=unsent.decision_ids,
            unsent_count=unsent.count,
        )

    async def _unsent(self, stored: CampaignVersion) -> UnsentDecisions:
        """Returns the decisions for a campaign that wait to be sent."""
        campaign_id = stored.campaign.campaign_id
        return await self._resources.unsent_decisions(
            stored.portfolio_id, campaign_id, self._clock.now_us(), MOST_UNSENT_IDS
        )


def _read(request: pb.CreateCampaignRequest | pb.UpdateCampaignRequest) -> Campaign:
    faults = Faults()
    read_id(request.portfolio_id, "portfolio_id", faults)
    campaign = read_campaign(request.campaign, "campaign", faults)
    faults.raise_if_any()
    return campaign
