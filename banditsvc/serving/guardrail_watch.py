"""Guardrail watch: reads the log behind the service and turns portfolios to business as usual where a limit is broken."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

import structlog

from banditsvc.core.errors import BanditError, FailedPrecondition
from banditsvc.core.guardrail_reading import CountStart, GuardrailReading
from banditsvc.core.guardrail_spec import Guardrail
from banditsvc.ports import DecisionLog, GuardrailEvent, Recorded
from banditsvc.serving.guardrail_tally import GuardrailTally
from banditsvc.serving.resources import Resources
from banditsvc.serving.trial_watch import TrialWatch

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardrailView:
    """The guardrails of a portfolio as callers see them."""

    tripped: Recorded[GuardrailEvent] | None
    """What has turned it to business as usual."""
    readings: tuple[GuardrailReading, ...] = ()
    """Of each guardrail that has a limit; empty while the log is read for the first time."""
    through_us: int | None = None
    """Log time up to which the log has been read; None while it is read for the first time, or nothing has a limit."""


class GuardrailWatch:
    """Watches every portfolio that has limits; the others cost nothing."""

    def __init__(self, resources: Resources, log: DecisionLog) -> None:
        self._resources = resources
        self._log = log
        self._tallies: dict[str, GuardrailTally] = {}
        self._read: dict[str, tuple[int, tuple[GuardrailReading, ...]]] = {}
        """Log time and readings when all had last been read, by portfolio."""
        self._trials = TrialWatch(resources, log)
        self._polling = asyncio.Lock()

    async def poll(self) -> None:
        """Reads what is new in the log, off the event loop, and trips what has to.

        Portfolios take turns page by page, so that a long log that is read for the first time holds up no other.

        Raises:
            BanditError: The log could not be read, or the trip not be stored, for one portfolio or more. The others were
                looked at, and these are again at the next poll.
        """
        async with self._polling:
            failed: dict[str, BanditError] = {}
            is_behind = True
            while is_behind:
                is_behind = False
                for recorded in self._resources.portfolios():
                    portfolio_id = recorded.value.portfolio_id
                    if portfolio_id not in failed:
                        try:
                            is_behind |= not await self._look(portfolio_id)
                            is_behind |= not await self._trials.look(portfolio_id)
                        except BanditError as error:
                            failed[portfolio_id] = error
        for failure in failed.values():
            raise failure

    def view(self, portfolio_id: str) -> GuardrailView:
        """Returns what has tripped and what each guardrail read when the log was last read.

        Raises:
            NotFound: There is no such portfolio.
        """
        state = self._resources.state(portfolio_id)
        tripped = None if state.tripped is None else state.guardrail_event
        read = self._read.get(portfolio_id)
        if read is None or {reading.guardrail: reading.start for reading in read[1]} != state.counting:
            return GuardrailView(tripped=tripped)
        return GuardrailView(tripped=tripped, readings=read[1], through_us=read[0])

    async def resume(self, portfolio_id: str, reason: str) -> Guardrail:
        """Turns a portfolio back to its policy; returns what had tripped.

        Raises:
            NotFound: There is no such portfolio.
            FailedPrecondition: Nothing has tripped.
        """
        tripped = self._resources.state(portfolio_id).tripped
        event = GuardrailEvent(portfolio_id=portfolio_id, guardrail=None, text=reason)
        is_news = await self._resources.record_guardrail_event(event)
        if tripped is None or tripped.guardrail is None or not is_news:
            raise FailedPrecondition(
                "NOT_TRIPPED", f"no guardrail of portfolio {portfolio_id!r} has tripped: its policy decides"
            )
        _log.warning("portfolio_resumed", portfolio_id=portfolio_id, guardrail=tripped.guardrail.name)
        return tripped.guardrail

    async def _look(self, portfolio_id: str) -> bool:
        """Reads a page for one portfolio; returns whether all is read, after having tripped what has to."""
        state = self._resources.state(portfolio_id)
        counting = state.counting
        if not counting:
            self._tallies.pop(portfolio_id, None)
            self._read.pop(portfolio_id, None)
            return True
        tally = self._tally(portfolio_id, counting)
        if tally.read_through != self._log.watermark():
            if not await asyncio.to_thread(tally.advance):
                return False
            assert tally.read_through is not None
            readings = tally.readings(state.portfolio.value.guardrails.false_alarm_chance)
            self._read[portfolio_id] = (tally.read_through.time_us, tuple(readings))
        await self._trip(portfolio_id, tally)
        return True

    def _tally(self, portfolio_id: str, counting: Mapping[Guardrail, CountStart]) -> GuardrailTally:
        tally = self._tallies.get(portfolio_id)
        if tally is None or (tally.counting != counting and not tally.count_from(counting)):
            organization_id = self._resources.organization_of(portfolio_id).organization_id
            tally = self._tallies[portfolio_id] = GuardrailTally(self._log, portfolio_id, organization_id, counting)
        return tally

    async def _trip(self, portfolio_id: str, tally: GuardrailTally) -> None:
        # Whoever changed limits meanwhile, or turned the portfolio back, has the next reading.
        state = self._resources.state(portfolio_id)
        breached = [reading for reading in self._read[portfolio_id][1] if reading.is_breached]
        if not breached or state.tripped is not None or state.counting != tally.counting:
            return
        worst = max(breached, key=lambda reading: reading.evidence)
        text = worst.text()
        event = GuardrailEvent(
            portfolio_id=portfolio_id, guardrail=worst.guardrail, text=f"{text}. {how_to_turn_back(portfolio_id)}"
        )
        if await self._resources.record_guardrail_event(event):
            _log.error(
                "guardrail_tripped",
                portfolio_id=portfolio_id,
                guardrail=worst.guardrail.name,
                seen=text,
                now_decides="business as usual",
                turn_back=turn_back_command(portfolio_id),
            )


def turn_back_command(portfolio_id: str) -> str:
    """Returns the command that turns a portfolio back to its policy."""
    return f"banditsvc guardrails resume --portfolio {portfolio_id} --reason TEXT"


def how_to_turn_back(portfolio_id: str) -> str:
    """Returns what decides now, and how to turn back."""
    return (
        "Business as usual decides from now on. Once the cause is mended, turn back to the policy with: "
        f"{turn_back_command(portfolio_id)}"
    )
