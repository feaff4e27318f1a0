"""PhaseService: how far a portfolio has come."""

from __future__ import annotations

from banditsvc.rpc.required import require_ids
from banditsvc.rpc.wire_phase import write_phase_view
from banditsvc.serving.phases import Phases
from banditsvc.v1 import phase_pb2 as pb


class PhaseServicer:
    """Answers PhaseService."""

    def __init__(self, phases: Phases) -> None:
        self._phases = phases

    async def GetPhase(self, request: pb.GetPhaseRequest) -> pb.GetPhaseResponse:  # noqa: N802 - RPC name
        """Returns the phase of a portfolio and what is missing to go on."""
        require_ids(portfolio_id=request.portfolio_id)
        return write_phase_view(await self._phases.view(request.portfolio_id))
