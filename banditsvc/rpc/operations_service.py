"""OperationsService: the simulated clock, and waiting for learning."""

from __future__ import annotations

from typing import Protocol

from banditsvc.core.errors import FailedPrecondition
from banditsvc.rpc.faults import Faults
from banditsvc.rpc.required import require_ids
from banditsvc.rpc.services import Services
from banditsvc.rpc.wire_time import read_time, write_time
from banditsvc.v1 import operations_pb2 as pb


class SettableClock(Protocol):
    """A clock that stands still until it is set."""

    def now_us(self) -> int:
        """Returns the present time."""
        ...

    def set_us(self, now_us: int) -> None:
        """Sets the clock forward, or raises ValueError."""
        ...


class OperationsServicer:
    """Answers OperationsService."""

    def __init__(self, services: Services, clock: SettableClock) -> None:
        self._models = services.models
        self._guardrails = services.guardrails
        self._committer = services.committer
        self._clock = clock

    async def SetTime(self, request: pb.SetTimeRequest) -> pb.SetTimeResponse:  # noqa: N802
        """Sets the clock, never backwards, and logs that it has come so far: a service started later goes on from there."""
        faults = Faults()
        if not request.HasField("time"):
            faults.add("time", "is required")
        time_us = read_time(request.time, "time", faults)
        faults.raise_if_any()
        try:
            self._clock.set_us(time_us)
        except ValueError:
            reason = "TIME_IS_PAST"
            raise FailedPrecondition(reason, "the clock is ahead of that time and never goes back") from None
        await self._committer.append([])
        return pb.SetTimeResponse(time=write_time(time_us))

    async def CatchUp(self, request: pb.CatchUpRequest) -> pb.CatchUpResponse:  # noqa: N802
        """Waits until every decision that is due is learned from, published and served, and the guardrails have looked."""
        require_ids(portfolio_id=request.portfolio_id)
        model_version, learned_count = await self._models.catch_up(request.portfolio_id)
        await self._guardrails.poll()
        return pb.CatchUpResponse(model_version=model_version, learned_count=learned_count)
