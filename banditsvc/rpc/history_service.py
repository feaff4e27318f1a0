"""HistoryService: past sends."""

from __future__ import annotations

from functools import partial

from banditsvc.core.errors import BanditError
from banditsvc.rpc.batch import answer_chunks, check_size
from banditsvc.rpc.required import require_ids
from banditsvc.rpc.services import Services
from banditsvc.rpc.status import status_of
from banditsvc.rpc.wire_history import read_past_decision
from banditsvc.v1 import history_pb2 as pb


class HistoryServicer:
    """Answers HistoryService."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def ImportDecisions(self, request: pb.ImportDecisionsRequest) -> pb.ImportDecisionsResponse:  # noqa: N802 - RPC name
        """Stores past sends, each with its own status."""
        check_size(request.decisions, "decisions")
        require_ids(portfolio_id=request.portfolio_id)
        self._services.resources.portfolio(request.portfolio_id)
        now_us = self._services.clock.now_us()
        read = partial(read_past_decision, portfolio_id=request.portfolio_id, now_us=now_us)
        results: list[pb.ImportDecisionResult] = []
        async for chunk in answer_chunks(
            request.decisions, read, self._services.importer.import_sends, field="decisions"
        ):
            results += [
                pb.ImportDecisionResult(status=status_of(answer))
                if isinstance(answer, BanditError)
                else pb.ImportDecisionResult(
                    status={},
                    decision_id=answer.decision_id,
                    is_repeat=answer.is_repeat,
                    probability_known=answer.probability_known,
                )
                for _, answer in chunk
            ]
        return pb.ImportDecisionsResponse(results=results)
