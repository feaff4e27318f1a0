"""The audience lease: runs take it, renew it, put their parts into the log under it, and give it up."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

import structlog

from banditsvc.core.audience_part import AudiencePart
from banditsvc.core.audience_run import AudienceRun, AudienceRunState
from banditsvc.core.errors import AlreadyExists, FailedPrecondition, FieldViolation, InvalidRequest, NotFound
from banditsvc.core.run_terms import RunTerms
from banditsvc.core.times import DAY_US, SECOND_US
from banditsvc.group_commit import GroupCommitter
from banditsvc.ports import AudienceFiles, Clock, DecisionLog, Recorded
from banditsvc.serving.active_portfolios import ActivePortfolios
from banditsvc.serving.held_runs import HeldRuns
from banditsvc.serving.part_check import PartCall, checked_part, same_part
from banditsvc.serving.resources import Resources

_MOST_AHEAD_US = 30 * DAY_US
_MOST_KEPT = 64

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class AudienceRunView:
    """A run as callers see it."""

    run: AudienceRun
    begin_position: int
    counters_position: int
    """Of the record by which it holds the lease, or held it last: contacts up to here are those that it counts."""
    counters_time_us: int
    """When that was committed."""
    change_time_us: int
    """Since when it is in its state."""
    expire_time_us: int | None
    """When its lease lapses; None where it holds none."""
    lease_us: int
    """How long a lease holds without being renewed."""
    part_count: int
    decision_count: int


@dataclass(frozen=True, slots=True)
class PartAnswer:
    """Where a part stands in the log."""

    part: Recorded[AudiencePart]
    is_repeat: bool


class AudienceLeases:
    """One lease for each organization, whose portfolios share their customers' contacts.

    Whether it is held is what the log says, so that a server that starts again goes on as before. When it lapses is not:
    a lease that the log has is taken as renewed when the server starts, and where it lapses, the log is told before
    anybody may count contacts again.
    """

    def __init__(
        self,
        resources: Resources,
        active: ActivePortfolios,
        log: DecisionLog,
        committer: GroupCommitter,
        clock: Clock,
        *,
        held_runs: HeldRuns,
        files: AudienceFiles,
        lease_seconds: float,
    ) -> None:
        """Takes what leases need; one holds for lease_seconds without being renewed."""
        self._resources = resources
        self._active = active
        self._log = log
        self._committer = committer
        self._clock = clock
        self._held = held_runs
        self._files = files
        self._lease_us = round(lease_seconds * SECOND_US)
        self._expire_us: dict[str, int] = {}
        """By run_id."""
        self._parts: dict[str, list[Recorded[AudiencePart]]] = {}
        """Of runs that were asked about, by run_id."""
        self._changing = asyncio.Lock()
        for run in held_runs.all():
            self._renew(run.run_id)

    async def begin(self, terms: RunTerms) -> tuple[AudienceRunView, bool]:
        """Takes the lease for a run, for the first time or again; returns the run, and whether it had begun before.

        A run that has ended is returned as it is. What of the terms the service sets is not looked at.

        Raises:
            NotFound: There is no such portfolio.
            InvalidRequest: Its send_time is more than a day back, or more than 30 days ahead.
            AlreadyExists: The run_id is taken by other terms.
            FailedPrecondition: Another run holds the lease (LEASE_HELD).
        """
        async with self._changing:
            self._resources.catch_up()
            portfolio = self._resources.portfolio(terms.portfolio_id).value
            records = self._records(terms.run_id)
            if records:
                _check_same(terms, records[0].value.terms)
            if records and records[-1].value.state is not AudienceRunState.LAPSED:
                if records[-1].value.state is AudienceRunState.HELD:
                    self._renew(terms.run_id)
                return self.view(terms.portfolio_id, terms.run_id), True
            holder = self._held.holder(portfolio.organization_id)
            if holder is not None:
                raise FailedPrecondition(
                    "LEASE_HELD",
                    f"run {holder.run_id!r} of portfolio {holder.portfolio_id!r} holds the counters of the organization: "
                    "wait until it has ended or its lease has lapsed, or end it by "
                    f"`banditsvc audience-runs end {holder.run_id} --portfolio {holder.portfolio_id}`",
                )
            with self._held.beginning(portfolio.organization_id, terms):
                run = self._new_run(terms) if not records else _again(records)
                await self._resources.record_audience_run(run)
            self._renew(terms.run_id)
            _log.info("audience_run_began", portfolio_id=terms.portfolio_id, run_id=terms.run_id)
            return self.view(terms.portfolio_id, terms.run_id), bool(records)

    async def renew(self, portfolio_id: str, run_id: str) -> AudienceRunView:
        """Lets a run hold its lease for longer.

        Raises:
            NotFound: There is no such run.
            FailedPrecondition: It does not hold the lease (LEASE_LAPSED, RUN_ENDED).
        """
        self._check_held(portfolio_id, run_id)
        self._renew(run_id)
        return self.view(portfolio_id, run_id)

    async def commit_part(self, call: PartCall) -> PartAnswer:
        """Puts a part into the log; returns once it is durable. Committing it again returns where it stands.

        Raises:
            NotFound: There is no such run.
            AlreadyExists: The log has another part of that number.
            FailedPrecondition: The run does not hold the lease; it is not the next part (PART_GAP); its file is missing,
                damaged or not of these terms (PART_MISSING, PART_DAMAGED, PART_DIFFERS).
            LogUnavailable: It was not stored, or it is not known whether it was.
        """
        async with self._changing:
            parts = self._parts_of(self._latest(call.portfolio_id, call.run_id).value.run_id)
            if call.number < len(parts):
                return PartAnswer(same_part(parts[call.number], call), is_repeat=True)
            run = self._check_held(call.portfolio_id, call.run_id)
            if call.number > len(parts):
                raise FailedPrecondition("PART_GAP", f"part {len(parts)} of run {call.run_id!r} comes first")
            self._renew(call.run_id)
            organization_id = self._resources.portfolio(call.portfolio_id).value.organization_id
            part = await asyncio.to_thread(self._files.describe, call.run_id, call.number, organization_id)
            part = checked_part(part, call, run.terms, parts)
            try:
                commit = await self._committer.append([part])
            finally:
                # What was not known to be stored is read again.
                self._parts.pop(call.run_id, None)
            self._renew(call.run_id)
            position = commit.positions[0]
            if position is None:
                return PartAnswer(self._parts_of(call.run_id)[call.number], is_repeat=True)
            stored = Recorded(position, commit.record_time_us, part)
            self._parts[call.run_id] = [*parts, stored]
            return PartAnswer(stored, is_repeat=False)

    async def end(self, portfolio_id: str, run_id: str) -> AudienceRunView:
        """Ends a run: its lease is free, and contacts are counted with those of its parts. Ending it again is harmless.

        Raises:
            NotFound: There is no such run.
        """
        async with self._changing:
            run = self._latest(portfolio_id, run_id).value
            if run.state is not AudienceRunState.ENDED:
                await self._resources.record_audience_run(self._next(run, AudienceRunState.ENDED))
                _log.info("audience_run_ended", portfolio_id=portfolio_id, run_id=run_id)
            self._expire_us.pop(run_id, None)
            return self.view(portfolio_id, run_id)

    async def release(self, portfolio_id: str, run_id: str) -> AudienceRunView:
        """Lets the lease of a run lapse now, so that nobody has to wait; where it holds none that is harmless.

        Raises:
            NotFound: There is no such run.
        """
        async with self._changing:
            run = self._latest(portfolio_id, run_id).value
            if run.state is AudienceRunState.HELD:
                await self._resources.record_audience_run(self._next(run, AudienceRunState.LAPSED))
                _log.info("audience_lease_released", portfolio_id=portfolio_id, run_id=run_id)
            return self.view(portfolio_id, run_id)

    async def poll(self) -> None:
        """Lets the leases lapse that were not renewed in time."""
        now_us = self._clock.now_us()
        for run in self._held.all():
            if self._expire_us.setdefault(run.run_id, now_us + self._lease_us) < now_us:
                async with self._changing:
                    latest = self._latest(run.portfolio_id, run.run_id).value
                    is_late = self._expire_us.get(run.run_id, now_us) < now_us
                    if latest.state is AudienceRunState.HELD and is_late:
                        await self._resources.record_audience_run(self._next(latest, AudienceRunState.LAPSED))
                        _log.warning("audience_lease_lapsed", portfolio_id=run.portfolio_id, run_id=run.run_id)

    def view(self, portfolio_id: str, run_id: str) -> AudienceRunView:
        """Returns a run.

        Raises:
            NotFound: There is no such run.
        """
        self._latest(portfolio_id, run_id)
        return self._view(portfolio_id, run_id, self._parts_of(run_id))

    def run_ids(self, portfolio_id: str) -> list[str]:
        """Returns all runs of a portfolio, newest first.

        Raises:
            NotFound: There is no such portfolio.
        """
        return list(reversed(self._resources.state(portfolio_id).audience_runs))

    async def views(self, portfolio_id: str, run_ids: Sequence[str]) -> list[AudienceRunView]:
        """Returns some runs of a portfolio, in that order; nobody waits while their parts are read."""

        def read() -> list[list[Recorded[AudiencePart]]]:
            return [self._log.read_parts(run_id) for run_id in run_ids]

        parts = await asyncio.to_thread(read)
        return [self._view(portfolio_id, run_id, found) for run_id, found in zip(run_ids, parts, strict=True)]

    def _view(self, portfolio_id: str, run_id: str, parts: Sequence[Recorded[AudiencePart]]) -> AudienceRunView:
        records = self._resources.state(portfolio_id).audience_runs[run_id]
        latest = records[-1]
        holding = [one for one in records if one.value.state is AudienceRunState.HELD][-1]
        is_held = latest.value.state is AudienceRunState.HELD
        return AudienceRunView(
            run=latest.value,
            begin_position=records[0].position,
            counters_position=holding.position,
            counters_time_us=holding.record_time_us,
            change_time_us=latest.record_time_us,
            expire_time_us=self._expire_us.get(run_id) if is_held else None,
            lease_us=self._lease_us,
            part_count=len(parts),
            decision_count=sum(one.value.row_count for one in parts),
        )

    def _records(self, run_id: str) -> Sequence[Recorded[AudienceRun]]:
        """Returns the records of a run of whichever portfolio."""
        states = (self._resources.state(one.value.portfolio_id) for one in self._resources.portfolios())
        return next((state.audience_runs[run_id] for state in states if run_id in state.audience_runs), ())

    def _latest(self, portfolio_id: str, run_id: str) -> Recorded[AudienceRun]:
        records = self._resources.state(portfolio_id).audience_runs.get(run_id)
        if not records:
            raise NotFound("audience run", run_id)
        return records[-1]

    def _check_held(self, portfolio_id: str, run_id: str) -> AudienceRun:
        run = self._latest(portfolio_id, run_id).value
        if run.state is AudienceRunState.ENDED:
            raise FailedPrecondition("RUN_ENDED", f"run {run_id!r} has ended")
        if run.state is AudienceRunState.LAPSED:
            raise FailedPrecondition("LEASE_LAPSED", f"run {run_id!r} has lost its lease: begin it again")
        return run

    def _new_run(self, terms: RunTerms) -> AudienceRun:
        state, active = self._resources.state(terms.portfolio_id), self._active.get(terms.portfolio_id)
        now_us = self._committer.now_us()
        if terms.has_send_time and not now_us - DAY_US <= terms.send_time_us <= now_us + _MOST_AHEAD_US:
            remedy = "must be at most 30 days ahead and at most one day back"
            raise InvalidRequest([FieldViolation("run.send_time", remedy)])
        return AudienceRun(
            terms=replace(terms, now_us=now_us, send_time_us=terms.send_time_us if terms.has_send_time else now_us),
            state=AudienceRunState.HELD,
            organization_version=active.organization.organization_version,
            portfolio_version=active.portfolio.portfolio_version,
            policy_version=state.deployed_policy_version,
            catalogue_version=state.catalogue_version,
            model_version=active.model.model_version,
        )

    def _next(self, run: AudienceRun, state: AudienceRunState) -> AudienceRun:
        begun = self._resources.state(run.portfolio_id).audience_runs[run.run_id][0].position
        return replace(run, state=state, begin_position=begun)

    def _renew(self, run_id: str) -> None:
        self._expire_us[run_id] = self._clock.now_us() + self._lease_us

    def _parts_of(self, run_id: str) -> list[Recorded[AudiencePart]]:
        parts = self._parts.get(run_id)
        if parts is None:
            if len(self._parts) >= _MOST_KEPT:
                self._parts.clear()
            parts = self._parts[run_id] = self._log.read_parts(run_id)
        return parts


def _again(records: Sequence[Recorded[AudienceRun]]) -> AudienceRun:
    return replace(records[-1].value, state=AudienceRunState.HELD, begin_position=records[0].position)


def _check_same(asked: RunTerms, stored: RunTerms) -> None:
    # What the service has set is not the caller's to repeat.
    if (
        replace(
            asked, now_us=stored.now_us, send_time_us=asked.send_time_us if asked.has_send_time else stored.send_time_us
        )
        != stored
    ):
        raise AlreadyExists("audience run", asked.run_id, "other terms")
