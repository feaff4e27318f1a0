"""Ordering an audience: from a source to rows on disk that can be read part by part."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from banditsvc.audience.bad_rows import BadRows
from banditsvc.audience.canonical_order import SOURCE_ROW, RowSpiller, SpilledRows, repeated_places
from banditsvc.audience.occasion import is_among
from banditsvc.audience.source.audience_fields import CAMPAIGN, CUSTOMER
from banditsvc.audience.source.open_audience import OpenAudience
from banditsvc.audience.source.typed_batches import TypedBatch
from banditsvc.text_hashes import text_hashes

_AHEAD = 1
"""Batches that wait for each thread at most: the source is not read faster than rows are written."""


@dataclass(frozen=True, slots=True)
class Numbered:
    """A batch and the number of each of its rows in the source."""

    batch: pa.RecordBatch
    numbers: NDArray[np.int64]


class Ordering:
    """Types, hashes and spills the batches of a source, on several threads: nearly all of it is outside the GIL."""

    def __init__(
        self,
        audience: OpenAudience,
        directory: Path,
        bad: BadRows,
        merged_ids: Mapping[str, str] | None = None,
        *,
        left_out: NDArray[np.uint64] | None = None,
    ) -> None:
        """Takes what is to be ordered, and where it goes.

        Args:
            audience: Of which nothing was read yet.
            directory: Of the spills; it is there.
            bad: Takes what cannot be used.
            merged_ids: Surviving customer by each id that was merged into another.
            left_out: Hashes, rising, of customers whose rows are passed over.
        """
        self._audience = audience
        self._bad = bad
        # Pairs have several rows a customer anyway.
        self._spiller = RowSpiller(directory, keeps_hashes=CAMPAIGN not in audience.columns.columns)
        self._merged = merged_ids or {}
        self._left_out = np.zeros(0, dtype=np.uint64) if left_out is None else left_out
        self.passed_over = 0
        """Rows of customers who are left out."""

    def run(self, progress: Callable[[int], None]) -> None:
        """Reads the source to its end; progress is told the rows of each batch.

        Raises:
            FileError: The source is broken.
            BadRow: A row cannot be used, and the run is to stop.
            OSError: The disk is full.
        """
        threads = min(4, os.cpu_count() or 1)
        waiting: deque[tuple[Numbered, Future[tuple[TypedBatch, int]]]] = deque()
        with ThreadPoolExecutor(threads) as pool:
            try:
                for numbered in _numbered(self._audience, self._bad):
                    waiting.append((numbered, pool.submit(self._put, numbered)))
                    if len(waiting) > threads * _AHEAD:
                        self._take(*waiting.popleft(), progress)
                while waiting:
                    self._take(*waiting.popleft(), progress)
            finally:
                for _, future in waiting:
                    future.cancel()

    def pairs(self, part_bits: int) -> SpilledRows:
        """Returns rows of which a customer may have several, in as many parts as the audience has."""
        return self._spiller.finished(part_bits)

    def customers(self, campaigns: int) -> SpilledRows:
        """Returns the rows in canonical order, with the rows of customers who are in several taken for bad.

        Args:
            campaigns: Number of those among which is decided.
        """
        repeated = self._spiller.repeated_hashes()
        rows = self._spiller.finished(self._spiller.part_bits(campaigns))
        for part in sorted({rows.part_of(int(one)) for one in repeated}):
            self._reject_repeated(rows.read(part))
        return rows

    def _put(self, numbered: Numbered) -> tuple[TypedBatch, int]:
        typed = self._audience.typer.read(numbered.batch)
        columns = dict(typed.columns)
        columns[CUSTOMER] = self._survivors(columns[CUSTOMER])
        columns[SOURCE_ROW] = pa.array(numbered.numbers[typed.places])
        hashes = text_hashes(columns[CUSTOMER])
        left_out = is_among(hashes, self._left_out)
        if left_out.any():
            kept = np.flatnonzero(~left_out)
            columns = {name: values.take(pa.array(kept)) for name, values in columns.items()}
            hashes = hashes[kept]
        self._spiller.add(columns, hashes)
        return typed, int(left_out.sum())

    def _take(
        self, numbered: Numbered, future: Future[tuple[TypedBatch, int]], progress: Callable[[int], None]
    ) -> None:
        typed, passed_over = future.result()
        self.passed_over += passed_over
        for place, reason in typed.faults.items():
            self._bad.add(int(numbered.numbers[place]), reason, numbered.batch.slice(place, 1).to_pylist()[0])
        progress(numbered.batch.num_rows)

    def _survivors(self, ids: pa.Array) -> pa.Array:
        """Returns the customers that ids stand for."""
        if not self._merged:
            return ids
        places = pc.index_in(ids, pa.array(list(self._merged)))
        return pc.coalesce(pa.array(list(self._merged.values())).take(places), ids)

    def _reject_repeated(self, table: pa.Table) -> None:
        places = repeated_places(table)
        found = table.take(pa.array(places))
        found = found.sort_by(SOURCE_ROW)
        ids, numbers = (found.column(name).to_pylist() for name in (CUSTOMER, SOURCE_ROW))
        rows_of: dict[str, list[int]] = {}
        for one, number in zip(ids, numbers, strict=True):
            rows_of.setdefault(one, []).append(number)
        reasons = []
        for one, number in zip(ids, numbers, strict=True):
            others = ", ".join(f"{row:,}" for row in rows_of[one] if row != number)
            reasons.append(f"{CUSTOMER}: {one} is in row {others} too")
        self._bad.add_typed(found, reasons)


def _numbered(audience: OpenAudience, bad: BadRows) -> Iterator[Numbered]:
    """Yields the batches of a source; what is no row of it is bad and has a number too."""
    source = audience.source
    # Where there are no rows, there are columns all the same.
    yield Numbered(_no_rows(audience), np.zeros(0, dtype=np.int64))
    first = 2 if source.is_text else 1
    broken: list[int] = []
    for batch in audience.batches:
        for number, reason, text in source.broken_rows():
            broken.append(number)
            bad.add(number, reason, {source.columns[0]: text})
        numbers = np.arange(first, first + batch.num_rows)
        for number in sorted(broken):
            numbers[numbers >= number] += 1
        first = int(numbers[-1]) + 1 if batch.num_rows else first
        yield Numbered(batch, numbers)
        broken = [number for number in broken if number >= first]
    for number, reason, text in source.broken_rows():
        bad.add(number, reason, {source.columns[0]: text})


def _no_rows(audience: OpenAudience) -> pa.RecordBatch:
    chosen = list(dict.fromkeys(audience.columns.columns.values()))
    schema = audience.source.schema()
    return pa.RecordBatch.from_pylist([], pa.schema([schema.field(name) for name in chosen]))
