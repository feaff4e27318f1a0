"""PriceService: the prices of limits over all customers."""

from __future__ import annotations

from banditsvc.core.campaign import CampaignState
from banditsvc.core.funnel_candidate import labels_of
from banditsvc.rpc.required import require_ids
from banditsvc.rpc.wire_price import read_prices, write_prices
from banditsvc.rpc.wire_time import write_time
from banditsvc.serving.price_changes import prices_in_force
from banditsvc.serving.resources import Resources
from banditsvc.v1 import price_pb2 as pb


class PriceServicer:
    """Answers PriceService."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources

    async def GetPrices(self, request: pb.GetPricesRequest) -> pb.GetPricesResponse:  # noqa: N802
        """Returns the prices of a portfolio, and what they take from each campaign."""
        require_ids(portfolio_id=request.portfolio_id)
        state = self._resources.state(request.portfolio_id)
        if state.prices is None:
            return pb.GetPricesResponse()
        prices = state.prices.value
        live = [one.campaign for one in self._resources.campaigns(request.portfolio_id)]
        return pb.GetPricesResponse(
            prices=write_prices(prices),
            set_time=write_time(state.prices.record_time_us),
            in_force=prices_in_force(state, self._resources.organization_of(request.portfolio_id)) is not None,
            campaigns=[
                pb.CampaignPrice(campaign_id=campaign.campaign_id, price=prices.price_of(labels_of(campaign, "")))
                for campaign in live
                if campaign.state is CampaignState.LIVE
            ],
        )

    async def SetPrices(self, request: pb.SetPricesRequest) -> pb.SetPricesResponse:  # noqa: N802
        """Puts prices to work that a run over an audience has found."""
        wanted = read_prices(request.prices)
        await self._resources.set_prices(wanted, request.portfolio_version, request.organization_version)
        return pb.SetPricesResponse()
