"""Runs: a whole audience from its source to part files, each entered in the log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from banditsvc.audience.audience_rows import AudienceRows
from banditsvc.audience.begun_run import BegunRun, RunService
from banditsvc.audience.canonical_order import SpilledRows
from banditsvc.audience.limit_use import LimitUse, limit_uses
from banditsvc.audience.occasion import decided_on
from banditsvc.audience.part_job import DecidedPart, RunJob, Versions, active_of, write_job
from banditsvc.audience.read_audience import Audience, AudienceReader, OrderedAudience, Progress, Remark
from banditsvc.audience.recorded_customers import merges_as_of, recorded_customers
from banditsvc.audience.run_directory import WORK, AudienceMark, RunDirectory, mark_of
from banditsvc.audience.run_ended import RunCutShort, RunEnded
from banditsvc.audience.run_prices import SAMPLE_ROWS, needs_prices, run_prices
from banditsvc.audience.workers import PartsInOrder, worker_pool
from banditsvc.core.merges import Merges
from banditsvc.core.portfolio_prices import PortfolioPrices
from banditsvc.core.room import Room
from banditsvc.log_file import read_log_file
from banditsvc.serving.active_as_of import settings_as_of
from banditsvc.serving.active_portfolio import ActivePortfolio
from banditsvc.serving.capacity_rooms import capacity_rooms
from banditsvc.serving.portfolio_state import PortfolioState
from banditsvc.store.sqlite_log import SqliteLog
from banditsvc.usage_error import UsageError


@dataclass(slots=True, kw_only=True)
class RunResult:
    """What became of a run."""

    run_id: str
    customers: int
    """Rows that could be read."""
    rejected: int
    """Rows that were rejected."""
    passed_over: int
    """Rows of customers who had a decision for the occasion before."""
    parts: int
    kept_parts: int
    """Of them, those that an earlier start had finished."""
    decided: int = 0
    """Decisions, those of an earlier start included."""
    contacts: Counter[str] = field(default_factory=Counter)
    """By campaign_id."""
    prices: PortfolioPrices | None = None
    """Of its limits; None where there are none."""
    limits: Sequence[LimitUse] = ()
    """What its contacts use of these."""


class ChangedMeanwhile(UsageError):
    """What an audience is read by has changed before its run began."""


@dataclass(slots=True, kw_only=True)
class AudienceRun:
    """One start of a run. Started again after it was ended, it keeps what is finished and goes on."""

    audience: Audience
    portfolio_id: str
    occasion: str
    """Who has a decision for it is passed over."""
    data: Path
    """Data directory of the service."""
    reading_position: int
    """Of the log, by whose settings and merges the audience is read: where the run has begun, or will."""
    begin: Callable[[], RunService]
    """Begins the run once the audience is read: what cannot be read takes no lease."""
    directory: RunDirectory
    """Of the run's parts; it is made."""
    workers: int
    """Processes that decide."""
    counters: Path | None = None
    """Where to keep what was on record of the customers of each part."""
    progress: Progress = lambda *_: None
    remark: Remark = lambda _: None

    def run(self) -> RunResult:
        """Decides the audience part by part.

        Raises:
            RunEnded: The run has ended; RunCutShort where the log has not all of the audience.
            UsageError: The audience cannot be read or used, is another than before, or a worker was lost.
            BanditError: The log cannot be read, or what decided is no longer kept.
            BanditsvcError: The service refuses the run or a part.
            OSError: The disk is full.
        """
        with (
            self.directory.work() as work,
            worker_pool(self.workers) as pool,
            closing(read_log_file(self.data)) as log,
        ):
            state = settings_as_of(log, self.reading_position).state(self.portfolio_id)
            organization_id = state.portfolio.value.organization_id
            merges = merges_as_of(log, organization_id, self.reading_position)
            decided = decided_on(log, self.portfolio_id, self.occasion, self.reading_position, merges.survivors())
            ordered = AudienceReader(
                audience=self.audience,
                context_schema=state.portfolio.value.context_schema,
                campaign_ids=tuple(state.campaigns),
                survivors=merges.survivors(),
                decided=decided,
                work=work,
                progress=self.progress,
                remark=self.remark,
            ).read()
            mark = mark_of(ordered.rows, None if ordered.pairs is None else ordered.pairs.rows)
            try:
                service = self.begin()
            except RunEnded as ended:
                self._check_whole(ended, mark)
                raise
            with service.renewed():
                versions = Versions(
                    data=self.data,
                    portfolio_id=self.portfolio_id,
                    position=service.begun.position,
                    model_version=service.begun.model_version,
                )
                active = active_of(versions)
                self._check_unchanged(log, active, state, merges, service.begun)
                self._check_occasion(log, service.begun, merges, len(decided))
                self.directory.begin(mark)
                result = self._keep(service, ordered)
                if result.kept_parts < result.parts:
                    job = RunJob(
                        decided=self._decided_meanwhile(log, service.begun, merges),
                        versions=versions,
                        terms=service.begun.terms,
                        rows=ordered.rows,
                        candidate_ids=tuple(state.campaigns),
                        known=recorded_customers(
                            log,
                            active,
                            service.begun.terms,
                            merges,
                            position=service.begun.counters_position,
                            part_bits=ordered.rows.part_bits,
                            directory=work / "known",
                        ),
                        pairs=ordered.pairs,
                        counters=self.counters,
                    )
                    rooms = self._rooms(log, active, service.begun, result)
                    prices = self.directory.prices(lambda: self._prices(active, job, rooms))
                    if prices is not None:
                        service.put_prices(prices, active)
                    job = replace(job, prices=active.prices if prices is None else prices)
                    self._decide(service, job, pool, result, rooms)
                result.prices = self.directory.kept_prices()
                result.limits = limit_uses(
                    result.prices, result.contacts, active.catalogue, service.begun.terms.channel
                )
        return result

    def _check_whole(self, ended: RunEnded, mark: AudienceMark) -> None:
        """Checks that a run that has ended has decided for all of the audience."""
        if not self.directory.has_all(mark, ended.begun.committed_parts):
            again = f"passes those over who have a decision for {self.occasion}" if self.occasion else "decides for all"
            raise RunCutShort(
                f"{ended}, which are not all of this audience: a run of another --run-id {again}", ended.begun
            ) from None

    def _prices(self, active: ActivePortfolio, job: RunJob, rooms: Sequence[Room]) -> PortfolioPrices | None:
        """Returns the prices of the run by its first customers."""
        if not needs_prices(active):
            return None
        parts: list[AudienceRows] = []
        taken = seen = 0
        for number in range(job.rows.parts):
            rows, seen = job.customers(number, active.catalogue), job.rows.first_rows[number + 1]
            if len(rows) >= SAMPLE_ROWS - taken:
                rows = rows.take(np.arange(SAMPLE_ROWS - taken))
                seen = int(rows.rows[-1]) + 1
            parts.append(rows)
            taken += len(rows)
            if taken == SAMPLE_ROWS:
                break
        self.progress("pricing", 0, 1)
        # Of as many of the others' rows something comes as of these.
        customers = taken * job.rows.rows // max(1, seen)
        prices = run_prices(active, parts, job.terms, rooms, customers)
        self.progress("pricing", 1, 1)
        return prices

    def _check_unchanged(
        self, log: SqliteLog, active: ActivePortfolio, state: PortfolioState, merges: Merges, begun: BegunRun
    ) -> None:
        """Checks that the audience was read as the run would read it."""
        organization_id = active.organization.organization_id
        if (
            active.portfolio.context_schema != state.portfolio.value.context_schema
            or not set(state.campaigns) <= set(active.catalogue)
            or merges_as_of(log, organization_id, begun.position).survivors() != merges.survivors()
        ):
            raise ChangedMeanwhile(
                "the context schema, the campaigns or merges of customers have changed while the audience was read; nothing "
                f"was decided: run the same command again with --run-id {begun.terms.run_id}"
            )

    def _check_occasion(self, log: SqliteLog, begun: BegunRun, merges: Merges, decided: int) -> None:
        """Checks that nobody was decided for on the occasion while the audience was read: from here on nobody is."""
        if decided != len(decided_on(log, self.portfolio_id, self.occasion, begun.position, merges.survivors())):
            raise ChangedMeanwhile(
                f"there are decisions for {self.occasion} that were made while the audience was read: run the same command "
                f"again with --run-id {begun.terms.run_id}"
            )

    def _decided_meanwhile(self, log: SqliteLog, begun: BegunRun, merges: Merges) -> NDArray[np.uint64]:
        """Returns whom somebody else may have decided for on the occasion while the run had lost its lease, by hash."""
        if begun.counters_position == begun.position:
            return np.zeros(0, dtype=np.uint64)
        return decided_on(log, self.portfolio_id, self.occasion, begun.counters_position, merges.survivors())

    def _keep(self, service: RunService, ordered: OrderedAudience) -> RunResult:
        """Returns the result so far: that of the parts that are finished, which are all in the log then."""
        self.directory.drop_outdated(service.begun.counters_position, service.begun.committed_parts)
        kept = self.directory.kept_parts()
        result = RunResult(
            run_id=service.begun.terms.run_id,
            customers=ordered.rows.rows,
            rejected=ordered.rejected,
            passed_over=ordered.passed_over,
            parts=ordered.rows.parts,
            kept_parts=kept,
        )
        for number in range(kept):
            part = self.directory.kept(number)
            if number >= service.begun.committed_parts:
                service.commit(part)
            self._count(result, part, ordered.rows)
        return result

    def _rooms(self, log: SqliteLog, active: ActivePortfolio, begun: BegunRun, result: RunResult) -> Sequence[Room]:
        return self.directory.rooms(
            begun.counters_position, result.kept_parts, lambda: capacity_rooms(log, active, begun.terms)
        )

    def _decide(
        self, service: RunService, job: RunJob, pool: ProcessPoolExecutor, result: RunResult, rooms: Sequence[Room]
    ) -> None:
        path = self.directory.path / WORK / "job.pickle"
        write_job(job, path)

        def take(part: DecidedPart) -> None:
            part = self.directory.put(part)
            service.commit(part)
            self._count(result, part, job.rows)

        PartsInOrder(pool, path, path.parent, self.workers, rooms).decide(result.kept_parts, result.parts, take)

    def _count(self, result: RunResult, part: DecidedPart, rows: SpilledRows) -> None:
        result.decided += part.rows
        result.contacts.update(part.contacts)
        self.progress("deciding", rows.first_rows[part.number + 1], rows.rows)
