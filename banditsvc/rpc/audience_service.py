"""AudienceService: runs that decide a whole audience."""

from __future__ import annotations

from banditsvc.rpc.faults import Faults
from banditsvc.rpc.page import page_of
from banditsvc.rpc.required import require_ids
from banditsvc.rpc.wire_audience import read_part, read_terms, write_part, write_run
from banditsvc.serving.audience_lease import AudienceLeases
from banditsvc.v1 import audience_pb2 as pb


class AudienceServicer:
    """Answers AudienceService."""

    def __init__(self, leases: AudienceLeases) -> None:
        self._leases = leases

    async def BeginAudienceRun(  # noqa: N802
        self, request: pb.BeginAudienceRunRequest
    ) -> pb.BeginAudienceRunResponse:
        """Begins a run, or takes its lease again."""
        faults = Faults()
        terms = read_terms(request.run, "run", faults)
        faults.raise_if_any()
        view, is_repeat = await self._leases.begin(terms)
        return pb.BeginAudienceRunResponse(run=write_run(view), is_repeat=is_repeat)

    async def RenewAudienceRun(  # noqa: N802
        self, request: pb.RenewAudienceRunRequest
    ) -> pb.RenewAudienceRunResponse:
        """Renews the lease of a run."""
        require_ids(portfolio_id=request.portfolio_id, run_id=request.run_id)
        return pb.RenewAudienceRunResponse(
            run=write_run(await self._leases.renew(request.portfolio_id, request.run_id))
        )

    async def ReleaseAudienceRun(  # noqa: N802
        self, request: pb.ReleaseAudienceRunRequest
    ) -> pb.ReleaseAudienceRunResponse:
        """Gives the lease of a run back."""
        require_ids(portfolio_id=request.portfolio_id, run_id=request.run_id)
        return pb.ReleaseAudienceRunResponse(
            run=write_run(await self._leases.release(request.portfolio_id, request.run_id))
        )

    async def CommitAudiencePart(  # noqa: N802
        self, request: pb.CommitAudiencePartRequest
    ) -> pb.CommitAudiencePartResponse:
        """Enters a part into the log."""
        faults = Faults()
        call = read_part(request, faults)
        faults.raise_if_any()
        return write_part(await self._leases.commit_part(call))

    async def EndAudienceRun(self, request: pb.EndAudienceRunRequest) -> pb.EndAudienceRunResponse:  # noqa: N802
        """Ends a run."""
        require_ids(portfolio_id=request.portfolio_id, run_id=request.run_id)
        return pb.EndAudienceRunResponse(run=write_run(await self._leases.end(request.portfolio_id, request.run_id)))

    async def GetAudienceRun(self, request: pb.GetAudienceRunRequest) -> pb.GetAudienceRunResponse:  # noqa: N802
        """Returns a run."""
        require_ids(portfolio_id=request.portfolio_id, run_id=request.run_id)
        return pb.GetAudienceRunResponse(run=write_run(self._leases.view(request.portfolio_id, request.run_id)))

    async def ListAudienceRuns(  # noqa: N802
        self, request: pb.ListAudienceRunsRequest
    ) -> pb.ListAudienceRunsResponse:
        """Returns a page of runs, newest first."""
        require_ids(portfolio_id=request.portfolio_id)
        page, token = page_of(
            self._leases.run_ids(request.portfolio_id),
            str,
            request.page_size,
            request.page_token,
            ("ListAudienceRuns", request.portfolio_id),
        )
        views = await self._leases.views(request.portfolio_id, page)
        return pb.ListAudienceRunsResponse(runs=map(write_run, views), next_page_token=token)
