"""Reads an audience: customers and their pairs, checked and put in canonical order on disk."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from banditsvc.audience.bad_rows import BadRows
from banditsvc.audience.canonical_order import SpilledRows
from banditsvc.audience.on_bad_row import OnBadRow
from banditsvc.audience.ordering import Ordering
from banditsvc.audience.pairs import Pairs
from banditsvc.audience.source.audience_fields import PAIR_FIELDS
from banditsvc.audience.source.batch_sources import BatchSource
from banditsvc.audience.source.open_audience import OpenAudience, open_audience
from banditsvc.core.rule import FeatureType
from banditsvc.import_files import Columns, RejectsFile, TextFormat

Progress = Callable[[str, int, int | None], None]
"""Told a stage, the rows done in it, and the rows of all, where they are known."""
Remark = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """The customers of a run, and how they are read."""

    source: BatchSource
    rejects: Path
    """Where rows go that cannot be used; those of pairs go to the same name with .pairs before its suffix."""
    columns: Columns = field(default_factory=Columns)
    pairs: BatchSource | None = None
    """Pairs of customer and campaign, which are the candidates."""
    pair_columns: Columns = field(default_factory=Columns)
    on_bad_row: OnBadRow = OnBadRow.STOP
    text: TextFormat = field(default_factory=TextFormat)
    decimal: str = "."

    @property
    def pair_rejects(self) -> Path:
        """Returns where pairs go that cannot be used."""
        return self.rejects.with_suffix(f".pairs{self.rejects.suffix}")


@dataclass(frozen=True, slots=True)
class OrderedAudience:
    """Customers in canonical order, on disk."""

    rows: SpilledRows
    pairs: Pairs | None
    rejected: int
    """Rows that cannot be used."""
    passed_over: int
    """Rows of customers who have a decision for the occasion."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AudienceReader:
    """Reads an audience for a portfolio."""

    audience: Audience
    context_schema: Mapping[str, FeatureType]
    """Types of features that the portfolio declares."""
    campaign_ids: tuple[str, ...]
    """What candidates may name."""
    survivors: Mapping[str, str]
    """Customer that each merged id stands for."""
    decided: NDArray[np.uint64]
    """Hashes of customers who have a decision for the occasion, rising."""
    work: Path
    """Where it is put."""
    progress: Progress
    remark: Remark
    """Told what the caller should know, such as columns that are not used."""

    def read(self) -> OrderedAudience:
        """Reads it once, to its end.

        Raises:
            UsageError: It cannot be read, or a row cannot be used and the run is to stop.
            OSError: The disk is full.
        """
        given = self.audience
        customers = open_audience(
            given.source,
            given.columns,
            context_schema=self.context_schema,
            campaign_ids=self.campaign_ids,
            decimal=given.decimal,
        )
        # What is wrong with its columns is said before a long file is read.
        opened = None if given.pairs is None else self._pairs(given.pairs)
        with RejectsFile(given.rejects, given.source.columns, given.text) as rejects:
            bad = BadRows(given.source.name, given.on_bad_row, rejects, customers.columns.columns)
            ordering = self._ordered(customers, bad, "customers")
            rows = ordering.customers(len(self.campaign_ids))
            if not rows.rows and not bad.count and not ordering.passed_over:
                self.remark(f"{given.source.name} has no customers: was it written whole?")
            if opened is None:
                return OrderedAudience(rows, None, bad.count, ordering.passed_over)
            with RejectsFile(given.pair_rejects, opened.source.columns, given.text) as pair_rejects:
                bad_pairs = BadRows(opened.source.name, given.on_bad_row, pair_rejects, opened.columns.columns)
                pairs = Pairs(self._ordered(opened, bad_pairs, "pairs").pairs(rows.part_bits), self.campaign_ids)
                pairs.check(rows, bad, bad_pairs)
            if bad_pairs.count:
                self.remark(f"{bad_pairs.count:,} pairs are rejected, with their reasons in {given.pair_rejects}")
            return OrderedAudience(rows, pairs, bad.count + bad_pairs.count, ordering.passed_over)

    def _pairs(self, source: BatchSource) -> OpenAudience:
        return open_audience(
            source,
            self.audience.pair_columns,
            context_schema={},
            campaign_ids=self.campaign_ids,
            decimal=self.audience.decimal,
            fields=PAIR_FIELDS,
        )

    def _ordered(self, opened: OpenAudience, bad: BadRows, name: str) -> Ordering:
        source = opened.source
        if opened.unused:
            self.remark(f"not used of {source.name}: {', '.join(opened.unused)}")
        for doubt in opened.doubts:
            self.remark(f"{source.name}: {doubt}")
        spills = self.work / name
        spills.mkdir()
        total, done = source.count(), 0

        def read(rows: int) -> None:
            nonlocal done
            done += rows
            self.progress(f"reading {Path(source.name).name}", done, total)

        ordering = Ordering(opened, spills, bad, self.survivors, left_out=self.decided)
        ordering.run(read)
        return ordering
