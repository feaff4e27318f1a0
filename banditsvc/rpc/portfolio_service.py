"""PortfolioService: create, get, list, update."""

from __future__ import annotations

from banditsvc.rpc.faults import Faults
from banditsvc.rpc.page import page_of
from banditsvc.rpc.required import require_ids
from banditsvc.rpc.wire_policy import read_override_reason
from banditsvc.rpc.wire_portfolio import read_portfolio, read_portfolio_at, write_portfolio
from banditsvc.serving.resources import Resources
from banditsvc.v1 import portfolio_pb2 as pb


class PortfolioServicer:
    """Answers PortfolioService."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources

    async def CreatePortfolio(self, request: pb.CreatePortfolioRequest) -> pb.CreatePortfolioResponse:  # noqa: N802
        """Stores a new portfolio."""
        stored = await self._resources.create_portfolio(read_portfolio(request.portfolio))
        return pb.CreatePortfolioResponse(portfolio=write_portfolio(stored))

    async def GetPortfolio(self, request: pb.GetPortfolioRequest) -> pb.GetPortfolioResponse:  # noqa: N802
        """Returns one portfolio."""
        require_ids(portfolio_id=request.portfolio_id)
        return pb.GetPortfolioResponse(portfolio=write_portfolio(self._resources.portfolio(request.portfolio_id)))

    async def ListPortfolios(self, request: pb.ListPortfoliosRequest) -> pb.ListPortfoliosResponse:  # noqa: N802
        """Returns a page of portfolios by portfolio_id."""
        page, token = page_of(
            self._resources.portfolios(),
            lambda recorded: recorded.value.portfolio_id,
            request.page_size,
            request.page_token,
            ("ListPortfolios",),
        )
        return pb.ListPortfoliosResponse(portfolios=map(write_portfolio, page), next_page_token=token)

    async def UpdatePortfolio(self, request: pb.UpdatePortfolioRequest) -> pb.UpdatePortfolioResponse:  # noqa: N802
        """Replaces a portfolio's settings."""
        faults = Faults()
        portfolio = read_portfolio_at(request.portfolio, "portfolio", faults)
        reason = read_override_reason(request.override_reason, "override_reason", faults)
        faults.raise_if_any()
        stored = await self._resources.update_portfolio(portfolio, reason)
        return pb.UpdatePortfolioResponse(portfolio=write_portfolio(stored))
