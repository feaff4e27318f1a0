"""The client for asyncio: calls about audiences' runs."""

from __future__ import annotations

from banditsvc.client import rpcs
from banditsvc.client.aio_settings import AsyncSettingsCalls
from banditsvc.client.plain import message_of
from banditsvc.client.requests import Plain
from banditsvc.v1 import audience_pb2


class AsyncAudienceCalls(AsyncSettingsCalls):
    """Makes the calls of a run that decides a whole audience."""

    async def begin_audience_run(self, run: audience_pb2.AudienceRun | Plain) -> audience_pb2.BeginAudienceRunResponse:
        """Begins a run, or takes its lease again."""
        request = audience_pb2.BeginAudienceRunRequest(run=message_of(audience_pb2.AudienceRun, run))
        return await self._call(rpcs.BEGIN_AUDIENCE_RUN, request)

    async def renew_audience_run(self, portfolio_id: str, run_id: str) -> audience_pb2.AudienceRun:
        """Lets a run hold its lease for longer."""
        request = audience_pb2.RenewAudienceRunRequest(portfolio_id=portfolio_id, run_id=run_id)
        return (await self._call(rpcs.RENEW_AUDIENCE_RUN, request)).run

    async def release_audience_run(self, portfolio_id: str, run_id: str) -> audience_pb2.AudienceRun:
        """Gives the lease of a run back before it lapses."""
        request = audience_pb2.ReleaseAudienceRunRequest(portfolio_id=portfolio_id, run_id=run_id)
        return (await self._call(rpcs.RELEASE_AUDIENCE_RUN, request)).run

    async def commit_audience_part(
        self, portfolio_id: str, run_id: str, number: int, *, row_count: int, size_bytes: int
    ) -> audience_pb2.CommitAudiencePartResponse:
        """Enters a part, whose file lies in the service's data directory, into the log; the same again is harmless."""
        request = audience_pb2.CommitAudiencePartRequest(
            portfolio_id=portfolio_id, run_id=run_id, number=number, row_count=row_count, size_bytes=size_bytes
        )
        return await self._call(rpcs.COMMIT_AUDIENCE_PART, request, rpcs.PART_SECONDS)

    async def end_audience_run(self, portfolio_id: str, run_id: str) -> audience_pb2.AudienceRun:
        """Ends a run and frees its lease."""
        request = audience_pb2.EndAudienceRunRequest(portfolio_id=portfolio_id, run_id=run_id)
        return (await self._call(rpcs.END_AUDIENCE_RUN, request)).run

    async def get_audience_run(self, portfolio_id: str, run_id: str) -> audience_pb2.AudienceRun:
        """Returns one run."""
        request = audience_pb2.GetAudienceRunRequest(portfolio_id=portfolio_id, run_id=run_id)
        return (await self._call(rpcs.GET_AUDIENCE_RUN, request)).run

    async def list_audience_runs(self, portfolio_id: str) -> list[audience_pb2.AudienceRun]:
        """Returns all runs of a portfolio, newest first."""
        request = audience_pb2.ListAudienceRunsRequest(portfolio_id=portfolio_id)
        return [found async for page in self._pages(rpcs.LIST_AUDIENCE_RUNS, request) for found in page.runs]
