"""Rows of a CSV or Parquet file, one at a time."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from banditsvc.usage_error import UsageError

PARQUET_SUFFIXES = (".parquet", ".pq")
BATCH_ROWS = 10_000
"""Rows of a Parquet file held in memory at a time."""


class FileError(UsageError):
    """A file that cannot be read as CSV or Parquet."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row as it stands in the file."""

    number: int
    """Counted from 1 without the header. Of a CSV file, rows are counted and not lines."""
    cells: dict[str, object]
    """Value by column: text in CSV, typed in Parquet."""


class RowFile:
    """A file of rows. Everything is read lazily, so that size does not matter; it can be read several times."""

    def __init__(self, path: Path) -> None:
        """Opens the file, by its suffix: .parquet and .pq are Parquet, all others are CSV in UTF-8 with a header.

        Raises:
            FileError: It does not exist, or has no header.
        """
        self.path = path
        self.is_parquet = path.suffix.lower() in PARQUET_SUFFIXES
        self.columns = tuple(self._read_columns())

    def rows(self) -> Iterator[Row]:
        """Yields the rows in order.

        Raises:
            FileError: The file is broken; rows before the break have been given.
        """
        cells = self._parquet_cells() if self.is_parquet else self._csv_cells()
        try:
            for number, row in enumerate(cells, start=1):
                yield Row(number, row)
        except (OSError, UnicodeDecodeError, csv.Error, pa.ArrowException) as error:
            raise FileError(f"{self.path} cannot be read further: {error}") from None

    def count(self) -> int | None:
        """Returns the number of rows where the file says it (Parquet), else None."""
        return int(pq.read_metadata(self.path).num_rows) if self.is_parquet else None

    def _read_columns(self) -> list[str]:
        try:
            if self.is_parquet:
                return list(pq.read_schema(self.path).names)
            with self.path.open(encoding="utf-8-sig", newline="") as file:
                columns = next(csv.reader(file), [])
        except OSError as error:
            raise FileError(f"cannot read {self.path}: {error.strerror or error}") from None
        except (UnicodeDecodeError, csv.Error, pa.ArrowException) as error:
            raise FileError(f"cannot read {self.path}: {error}") from None
        if not columns:
            raise FileError(f"{self.path} is empty: the first line must name the columns")
        repeated = sorted({name for name in columns if columns.count(name) > 1})
        if repeated:
            raise FileError(f"{self.path} has several columns {', '.join(repeated)}")
        return columns

    def _csv_cells(self) -> Iterator[dict[str, object]]:
        with self.path.open(encoding="utf-8-sig", newline="") as file:
            for record in csv.DictReader(file):
                extra = record.pop(None, None)  # where csv puts surplus cells
                yield dict(record) if extra is None else {**record, SURPLUS: extra}

    def _parquet_cells(self) -> Iterator[dict[str, object]]:
        with pq.ParquetFile(self.path) as file:
            for batch in file.iter_batches(batch_size=BATCH_ROWS):
                yield from batch.to_pylist()


SURPLUS = "(surplus)"
"""Key of the cells of a CSV row that has more of them than the header."""
