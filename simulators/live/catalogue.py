"""The catalogue of a live run: the service's campaigns kept as the world has them, day by day."""

from __future__ import annotations

from dataclasses import replace

from banditsvc.client import Client
from banditsvc.core.campaign import NO_CONTACT, Campaign, CampaignState
from banditsvc.rpc.wire_campaign import write_campaign
from simulators.engine.campaign_calendar import LiveCampaigns


class Catalogue:
    """Creates the campaigns of a portfolio on the day on which they start and ends them on the day on which they are over."""

    def __init__(self, client: Client, portfolio_id: str, shift_us: int) -> None:
        """Takes what the service's clock is ahead of the world's time, in microseconds."""
        self._client = client
        self._portfolio_id = portfolio_id
        self._shift_us = shift_us
        self._live: dict[str, Campaign] = {}

    def keep(self, live: LiveCampaigns) -> bool:
        """Brings the catalogue to the campaigns of a day; returns whether that changed it."""
        wanted = {one.campaign_id: one for one in live.campaigns if one.campaign_id != NO_CONTACT}
        over = [campaign for campaign_id, campaign in self._live.items() if campaign_id not in wanted]
        new = [campaign for campaign_id, campaign in wanted.items() if campaign_id not in self._live]
        for campaign in over:
            ended = replace(self._shifted(campaign), state=CampaignState.ENDED)
            self._client.update_campaign(self._portfolio_id, write_campaign(ended))
        for campaign in new:
            self._client.create_campaign(self._portfolio_id, write_campaign(self._shifted(campaign)))
        self._live = wanted
        return bool(over or new)

    def _shifted(self, campaign: Campaign) -> Campaign:
        start_us, end_us = campaign.start_time_us, campaign.end_time_us
        return replace(
            campaign,
            start_time_us=None if start_us is None else start_us + self._shift_us,
            end_time_us=None if end_us is None else end_us + self._shift_us,
        )
