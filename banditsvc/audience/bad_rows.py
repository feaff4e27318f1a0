"""Bad rows: what cannot be used stops a run, or goes to a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa

from banditsvc.audience.canonical_order import SOURCE_ROW
from banditsvc.audience.on_bad_row import OnBadRow
from banditsvc.audience.source.cell_texts import CellTexts
from banditsvc.import_files import RejectsFile, Row
from banditsvc.usage_error import UsageError

_TYPED_AT_ONCE = 4_096
"""Typed rows whose cells are in memory at a time."""


class BadRow(UsageError):
    """A row that cannot be used, where a run is to stop at such."""


class BadRows:
    """Takes the rows that cannot be used."""

    def __init__(self, source: str, on_bad_row: OnBadRow, rejects: RejectsFile, cell_texts: CellTexts) -> None:
        """Takes what the source is called, and how its typed rows are written."""
        self._cell_texts = cell_texts
        self._source = source
        self._stops = on_bad_row is OnBadRow.STOP
        self._rejects = rejects
        self.count = 0

    def add(self, number: int, reason: str, cells: Mapping[str, object]) -> None:
        """Takes one.

        Args:
            number: Of the row in its source.
            reason: Why it cannot be used.
            cells: What was read of it, by column.

        Raises:
            BadRow: The run is to stop.
            OSError: It cannot be written.
        """
        if self._stops:
            raise BadRow(
                f"{self._source}, row {number:,}: {reason}. Nothing was decided; --on-bad-row reject goes on without "
                f"such rows and writes them to {self._rejects.path}"
            )
        self.count += 1
        self._rejects.add(Row(number, dict(cells)), reason)

    def add_typed(self, rows: pa.Table, reasons: Sequence[str]) -> None:
        """Takes rows that were typed, with the reason of each; as add."""
        for start in range(0, rows.num_rows, _TYPED_AT_ONCE):
            some = rows.slice(start, _TYPED_AT_ONCE)
            numbers, why = some.column(SOURCE_ROW).to_pylist(), reasons[start : start + _TYPED_AT_ONCE]
            for number, reason, cells in zip(numbers, why, self._cell_texts.of(some), strict=True):
                self.add(number, reason, cells)
