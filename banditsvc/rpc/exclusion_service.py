"""ExclusionService: which decisions are neither learned from nor evaluated."""

from __future__ import annotations

from banditsvc.rpc.faults import Faults
from banditsvc.rpc.page import page_of
from banditsvc.rpc.required import require_ids
from banditsvc.rpc.wire_exclusion import read_exclusion, read_revocation, write_effect, write_exclusion
from banditsvc.serving.excluding import Excluder
from banditsvc.v1 import exclusion_pb2 as pb


class ExclusionServicer:
    """Answers ExclusionService."""

    def __init__(self, excluder: Excluder) -> None:
        self._excluder = excluder

    async def CreateExclusion(self, request: pb.CreateExclusionRequest) -> pb.CreateExclusionResponse:  # noqa: N802
        """Excludes decisions, or says what would be excluded."""
        faults = Faults()
        exclusion = read_exclusion(request.exclusion, "exclusion", faults)
        faults.raise_if_any()
        return write_effect(await self._excluder.create(exclusion, dry_run=request.dry_run))

    async def RevokeExclusion(self, request: pb.RevokeExclusionRequest) -> pb.RevokeExclusionResponse:  # noqa: N802
        """Ends an exclusion."""
        faults = Faults()
        revocation = read_revocation(request, faults)
        faults.raise_if_any()
        return pb.RevokeExclusionResponse(exclusion=write_exclusion(await self._excluder.revoke(revocation)))

    async def ListExclusions(self, request: pb.ListExclusionsRequest) -> pb.ListExclusionsResponse:  # noqa: N802
        """Returns a page of exclusions, newest first."""
        require_ids(portfolio_id=request.portfolio_id)
        page, token = page_of(
            await self._excluder.views(request.portfolio_id),
            lambda view: str(view.exclusion.exclusion_id),
            request.page_size,
            request.page_token,
            ("ListExclusions", request.portfolio_id),
        )
        return pb.ListExclusionsResponse(exclusions=map(write_exclusion, page), next_page_token=token)
