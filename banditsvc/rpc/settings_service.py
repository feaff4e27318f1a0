"""SettingsService: settings of several things, stored whole or not at all."""

from __future__ import annotations

from banditsvc.ports import Clock
from banditsvc.rpc.wire_settings import read_settings
from banditsvc.serving.resources import Resources
from banditsvc.v1 import settings_pb2 as pb


class SettingsServicer:
    """Answers SettingsService."""

    def __init__(self, resources: Resources, clock: Clock) -> None:
        self._resources = resources
        self._clock = clock

    async def ApplySettings(self, request: pb.ApplySettingsRequest) -> pb.ApplySettingsResponse:  # noqa: N802
        """Stores all that is wanted, or nothing."""
        applied = await self._resources.apply(read_settings(request), validate_only=request.validate_only)
        now_us = self._clock.now_us()
        waiting = 0
        for portfolio_id, campaign_id in applied.stopped_campaigns:
            waiting += (await self._resources.unsent_decisions(portfolio_id, campaign_id, now_us, 0)).count
        return pb.ApplySettingsResponse(
            change_count=applied.change_count, unsent_count=waiting, warnings=applied.warnings
        )
