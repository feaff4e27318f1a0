"""GuardrailService: what the guardrails read, and turning a portfolio back to its policy."""

from __future__ import annotations

from banditsvc.rpc.faults import Faults
from banditsvc.rpc.required import require_ids
from banditsvc.rpc.wire_guardrail_reading import write_guardrail_view
from banditsvc.rpc.wire_number import enum_number
from banditsvc.rpc.wire_text import read_id, text_fault
from banditsvc.serving.guardrail_watch import GuardrailWatch
from banditsvc.v1 import guardrail_pb2 as pb

MOST_REASON_CHARACTERS = 256


class GuardrailServicer:
    """Answers GuardrailService."""

    def __init__(self, watch: GuardrailWatch) -> None:
        self._watch = watch

    async def GetGuardrails(self, request: pb.GetGuardrailsRequest) -> pb.GetGuardrailsResponse:  # noqa: N802
        """Returns what has tripped, and what each guardrail reads."""
        require_ids(portfolio_id=request.portfolio_id)
        return write_guardrail_view(self._watch.view(request.portfolio_id))

    async def ResumePortfolio(self, request: pb.ResumePortfolioRequest) -> pb.ResumePortfolioResponse:  # noqa: N802
        """Turns a portfolio back to its policy."""
        faults = Faults()
        read_id(request.portfolio_id, "portfolio_id", faults)
        if fault := text_fault(request.reason, most=MOST_REASON_CHARACTERS):
            faults.add("reason", fault)
        faults.raise_if_any()
        tripped = await self._watch.resume(request.portfolio_id, request.reason)
        return pb.ResumePortfolioResponse(tripped=enum_number(tripped))
