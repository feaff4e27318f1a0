"""Trial watch: lets the policy at work decide for all again where the one on trial breaks a guardrail of its portfolio."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import structlog

from banditsvc.core.guardrail_reading import CountStart
from banditsvc.core.guardrail_spec import Guardrail
from banditsvc.ports import DecisionLog
from banditsvc.serving.guardrail_tally import GuardrailTally
from banditsvc.serving.portfolio_state import PortfolioState
from banditsvc.serving.resources import Resources

_log = structlog.get_logger(__name__)

OF_TRIAL = (Guardrail.UNSUBSCRIBE_RATE, Guardrail.COMPLAINT_RATE, Guardrail.ENTROPY)
"""Guardrails that tell one policy from another. What falls back has no policy, and silence is the feed's."""


class TrialWatch:
    """Counts what policies on trial decided, each by itself, by the limits of the portfolio."""

    def __init__(self, resources: Resources, log: DecisionLog) -> None:
        self._resources = resources
        self._log = log
        self._tallies: dict[str, GuardrailTally] = {}

    async def look(self, portfolio_id: str) -> bool:
        """Reads a page for one portfolio; returns whether all is read, after having ended a trial that has to end.

        A guardrail that turns the whole portfolio to business as usual ends its trial too.

        Raises:
            BanditError: The log could not be read, or the end not be stored.
        """
        state = self._resources.state(portfolio_id)
        if state.challenge is None:
            self._tallies.pop(portfolio_id, None)
            return True
        version = state.challenge.value.policy_version
        if state.tripped is not None:
            await self._end(portfolio_id, version, f"a guardrail of the portfolio tripped: {state.tripped.text}")
            return True
        counting = counting_of_trial(state)
        if not counting:
            return True
        tally = self._tally(portfolio_id, version, counting)
        if tally.read_through != self._log.watermark() and not await asyncio.to_thread(tally.advance):
            return False
        readings = tally.readings(state.portfolio.value.guardrails.false_alarm_chance)
        breached = [reading for reading in readings if reading.is_breached]
        if breached:
            worst = max(breached, key=lambda reading: reading.evidence)
            await self._end(
                portfolio_id, version, f"guardrail {worst.guardrail.name} of policy {version}: {worst.text()}"
            )
        return True

    def _tally(self, portfolio_id: str, version: int, counting: Mapping[Guardrail, CountStart]) -> GuardrailTally:
        tally = self._tallies.get(portfolio_id)
        if tally is None or tally.policy_version != version or tally.counting != counting:
            organization_id = self._resources.organization_of(portfolio_id).organization_id
            tally = GuardrailTally(self._log, portfolio_id, organization_id, counting, version)
            self._tallies[portfolio_id] = tally
        return tally

    async def _end(self, portfolio_id: str, version: int, reason: str) -> None:
        if await self._resources.end_trial(portfolio_id, version, reason):
            _log.error("trial_ended", portfolio_id=portfolio_id, policy_version=version, seen=reason)


def counting_of_trial(state: PortfolioState) -> dict[Guardrail, CountStart]:
    """Returns since when each guardrail counts for the policy on trial: since the trial began, or the limit was set."""
    assert state.challenge is not None
    begun = state.challenge
    return {
        guardrail: start
        if start.position > begun.position
        else CountStart(start.limit, begun.position, begun.record_time_us)
        for guardrail, start in state.counting.items()
        if guardrail in OF_TRIAL
    }
