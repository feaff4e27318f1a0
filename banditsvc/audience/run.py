"""Runs: a whole audience from its source to part files, each entered in the log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from banditsvc.audience.bad_rows import BadRows, OnBadRow
from banditsvc.audience.begun_run import BegunRun, RunService
from banditsvc.audience.canonical_order import SpilledRows
from banditsvc.audience.ordering import Ordering
from banditsvc.audience.pairs import Pairs
from banditsvc.audience.part_job import DecidedPart, RunJob, Versions, active_of, write_job
from banditsvc.audience.recorded_customers import merges_as_of, recorded_customers
from banditsvc.audience.run_directory import RunDirectory, mark_of, rooms_left
from banditsvc.audience.source.audience_fields import PAIR_FIELDS
from banditsvc.audience.source.batch_sources import BatchSource
from banditsvc.audience.source.open_audience import OpenAudience, open_audience
from banditsvc.audience.workers import PartsInOrder, worker_pool
from banditsvc.core.merges import Merges
from banditsvc.import_files import Columns, RejectsFile, TextFormat
from banditsvc.log_file import read_log_file
from banditsvc.serving.active_portfolio import ActivePortfolio
from banditsvc.serving.capacity_rooms import capacity_rooms

Progress = Callable[[str, int, int | None], None]
"""Told a stage, the rows done in it, and the rows of all, where they are known."""
Remark = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """The customers of a run, and how they are read."""

    source: BatchSource
    columns: Columns = field(default_factory=Columns)
    pairs: BatchSource | None = None
    """Pairs of customer and campaign, which are the candidates."""
    pair_columns: Columns = field(default_factory=Columns)
    rejects: Path
    """Where rows go that cannot be used; those of pairs to the same name with pairs before its suffix."""
    on_bad_row: OnBadRow = OnBadRow.STOP
    text: TextFormat = field(default_factory=TextFormat)
    decimal: str = "."


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
    """Told what the caller should know, such as columns that are not used."""

    def run(self) -> RunResult:
        """Decides the audience part by part.

        Raises:
            UsageError: The audience cannot be read or used, is another than before, or a worker was lost.
            BanditError: The service refuses a part, or the log cannot be read.
            OSError: The disk is full.
        """
        terms = self.begun.terms
        versions = Versions(
            data=self.data,
            portfolio_id=terms.portfolio_id,
            position=self.begun.position,
            model_version=self.begun.model_version,
        )
        active = active_of(versions)
        with (
            self.directory.work() as work,
            worker_pool(self.workers, versions) as pool,
            closing(read_log_file(self.data)) as log,
        ):
            merges = merges_as_of(log, active.organization.organization_id, self.begun.position)
            rows, pairs, rejected = self._order(active, merges, work)
            rooms = self.directory.begin(
                mark_of(rows, None if pairs is None else pairs.rows), capacity_rooms(log, active, terms)
            )
            kept = [self.directory.kept(number) for number in range(self.directory.kept_parts())]
            result = RunResult(
                run_id=terms.run_id, customers=rows.rows, rejected=rejected, parts=rows.parts, kept_parts=len(kept)
            )
            for part in kept:
                if part.number >= self.begun.committed_parts:
                    self.service.commit(part)
                self._count(result, part, rows)
            if len(kept) < rows.parts:
                job = RunJob(
                    versions=versions,
                    terms=terms,
                    rows=rows,
                    candidate_ids=tuple(active.catalogue),
                    known=recorded_customers(log, active, terms, self.begun.position, rows.part_bits, work / "known"),
                    pairs=pairs,
                    counters=self.counters,
                )
                write_job(job, work / "job.pickle")

                def take(part: DecidedPart) -> None:
                    part = self.directory.put(part)
                    self.service.commit(part)
                    self._count(result, part, rows)

                in_order = PartsInOrder(pool, work / "job.pickle", work, self.workers, rooms_left(rooms, kept))
                in_order.decide(len(kept), rows.parts, take)
        return result

    def _count(self, result: RunResult, part: DecidedPart, rows: SpilledRows) -> None:
        result.decided += part.rows
        result.contacts.update(part.contacts)
        self.progress("deciding", rows.first_rows[part.number + 1], rows.rows)

    def _order(self, active: ActivePortfolio, merges: Merges, work: Path) -> tuple[SpilledRows, Pairs | None, int]:
        """Returns the customers and their pairs, and how many rows were rejected."""
        given = self.audience
        schema = active.portfolio.context_schema
        campaign_ids = tuple(active.catalogue)
        survivors = merges.survivors()
        audience = open_audience(
            given.source, given.columns, context_schema=schema, campaign_ids=campaign_ids, decimal=given.decimal
        )
        self._tell_unused(audience)
        with RejectsFile(given.rejects, given.source.columns, given.text) as rejects:
            bad = BadRows(given.source.name, given.on_bad_row, rejects)
            rows = self._read(audience, bad, survivors, work / "customers").customers()
            if given.pairs is None:
                return rows, None, bad.count
            of_pairs = open_audience(
                given.pairs,
                given.pair_columns,
                context_schema={},
                campaign_ids=campaign_ids,
                decimal=given.decimal,
                fields=PAIR_FIELDS,
            )
            self._tell_unused(of_pairs)
            path = given.rejects.with_suffix(f".pairs{given.rejects.suffix}")
            with RejectsFile(path, given.pairs.columns, given.text) as pair_rejects:
                bad_pairs = BadRows(given.pairs.name, given.on_bad_row, pair_rejects)
                spilled = self._read(of_pairs, bad_pairs, survivors, work / "pairs").pairs(rows.part_bits)
                pairs = Pairs(spilled, campaign_ids)
                pairs.check(rows, bad, bad_pairs)
            return rows, pairs, bad.count + bad_pairs.count

    def _read(self, audience: OpenAudience, bad: BadRows, survivors: dict[str, str], spills: Path) -> Ordering:
        spills.mkdir()
        ordering = Ordering(audience, spills, bad, survivors)
        total, done = audience.source.count(), 0

        def read(rows: int) -> None:
            nonlocal done
            done += rows
            self.progress(f"reading {Path(audience.source.name).name}", done, total)
            self.service.keep()

        ordering.run(read)
        return ordering

    def _tell_unused(self, audience: OpenAudience) -> None:
        if audience.unused:
            self.remark(f"not used of {audience.source.name}: {', '.join(audience.unused)}")
