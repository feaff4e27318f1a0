"""Runs: a whole audience from its source to part files, each entered in the log."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from banditsvc.audience.begun_run import BegunRun, RunService
from banditsvc.audience.canonical_order import SpilledRows
from banditsvc.audience.part_job import DecidedPart, RunJob, Versions, active_of, write_job
from banditsvc.audience.read_audience import Audience, AudienceReader, OrderedAudience, Progress, Remark
from banditsvc.audience.recorded_customers import merges_as_of, recorded_customers
from banditsvc.audience.run_directory import RunDirectory, mark_of
from banditsvc.audience.workers import PartsInOrder, worker_pool
from banditsvc.log_file import read_log_file
from banditsvc.serving.active_portfolio import ActivePortfolio
from banditsvc.serving.capacity_rooms import capacity_rooms
from banditsvc.store.sqlite_log import SqliteLog


@dataclass(slots=True, kw_only=True)
class RunResult:
    """What became of a run."""

    run_id: str
    customers: int
    """Rows that could be read."""
    rejected: int
    """Rows that were rejected."""
    parts: int
    kept_parts: int
    """Of them, those that an earlier start had finished."""
    decided: int = 0
    """Decisions, those of an earlier start included."""
    contacts: Counter[str] = field(default_factory=Counter)
    """By campaign_id."""


@dataclass(slots=True, kw_only=True)
class AudienceRun:
    """One start of a run. Started again after it was ended, it keeps what is finished and goes on."""

    audience: Audience
    begun: BegunRun
    """What the run is held to."""
    service: RunService
    """Enters parts in the log."""
    data: Path
    """Data directory of the service."""
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
            UsageError: The audience cannot be read or used, is another than before, or a worker was lost.
            BanditError: The service refuses a part, or the log cannot be read.
            OSError: The disk is full.
        """
        versions = Versions(
            data=self.data,
            portfolio_id=self.begun.terms.portfolio_id,
            position=self.begun.position,
            model_version=self.begun.model_version,
        )
        active = active_of(versions)
        with (
            self.directory.work() as work,
            worker_pool(self.workers, versions) as pool,
            closing(read_log_file(self.data)) as log,
        ):
            merges = merges_as_of(log, active.organization.organization_id, self.begun.counters_position)
            ordered = AudienceReader(
                audience=self.audience,
                active=active,
                survivors=merges.survivors(),
                work=work,
                progress=self.progress,
                remark=self.remark,
            ).read()
            self.directory.begin(mark_of(ordered.rows, None if ordered.pairs is None else ordered.pairs.rows))
            result = self._keep(ordered)
            if result.kept_parts < result.parts:
                rooms = self.directory.rooms(
                    self.begun.counters_position,
                    result.kept_parts,
                    lambda: capacity_rooms(log, active, self.begun.terms),
                )
                job_path = self._write_job(log, active, versions, ordered, work)

                def take(part: DecidedPart) -> None:
                    part = self.directory.put(part)
                    self.service.commit(part)
                    self._count(result, part, ordered.rows)

                PartsInOrder(pool, job_path, work, self.workers, rooms).decide(result.kept_parts, result.parts, take)
        return result

    def _keep(self, ordered: OrderedAudience) -> RunResult:
        """Returns the result so far: that of the parts that are finished, which are all in the log then."""
        kept = self.directory.kept_parts()
        result = RunResult(
            run_id=self.begun.terms.run_id,
            customers=ordered.rows.rows,
            rejected=ordered.rejected,
            parts=ordered.rows.parts,
            kept_parts=kept,
        )
        for number in range(kept):
            part = self.directory.kept(number)
            if number >= self.begun.committed_parts:
                self.service.commit(part)
            self._count(result, part, ordered.rows)
        return result

    def _count(self, result: RunResult, part: DecidedPart, rows: SpilledRows) -> None:
        result.decided += part.rows
        result.contacts.update(part.contacts)
        self.progress("deciding", rows.first_rows[part.number + 1], rows.rows)

    def _write_job(
        self, log: SqliteLog, active: ActivePortfolio, versions: Versions, ordered: OrderedAudience, work: Path
    ) -> Path:
        """Returns where workers read what they need."""
        known = recorded_customers(
            log,
            active,
            self.begun.terms,
            self.begun.counters_position,
            part_bits=ordered.rows.part_bits,
            directory=work / "known",
        )
        job = RunJob(
            versions=versions,
            terms=self.begun.terms,
            rows=ordered.rows,
            candidate_ids=tuple(active.catalogue),
            known=known,
            pairs=ordered.pairs,
            counters=self.counters,
        )
        path = work / "job.pickle"
        write_job(job, path)
        return path
