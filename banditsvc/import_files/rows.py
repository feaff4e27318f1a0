"""Rows of a CSV or Parquet file, one at a time."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import pyarrow as pa
import pyarrow.parquet as pq

from banditsvc.import_files.text_format import FileError, TextFormat

PARQUET_SUFFIXES = (".parquet", ".pq")
BATCH_ROWS = 10_000
"""Rows of a Parquet file held in memory at a time."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row as it stands in the file."""

    number: int
    """Line of a CSV file on which the row begins; the header is line 1. Of a Parquet file, the row, from 1."""
    cells: dict[str, object]
    """Value by column: text in CSV, typed in Parquet."""
    fault: str = ""
    """Why the row cannot be read; empty when it can."""
    surplus: tuple[str, ...] = ()
    """Cells of a CSV row beyond the header's."""


class RowFile:
    """A file of rows. Everything is read lazily, so that size does not matter; it can be read several times."""

    def __init__(self, path: Path, text: TextFormat | None = None) -> None:
        """Opens the file, by its suffix: .parquet and .pq are Parquet, all others are CSV with a header.

        Args:
            path: The file.
            text: How a CSV file is written. Default: commas, UTF-8.

        Raises:
            FileError: It does not exist, has no header, or is written otherwise.
        """
        self.path = path
        self.text = text or TextFormat()
        self.is_parquet = path.suffix.lower() in PARQUET_SUFFIXES
        self.columns = tuple(self._read_columns())

    def rows(self) -> Iterator[Row]:
        """Yields the rows in order.

        Raises:
            FileError: The file is broken; rows before the break have been given.
        """
        try:
            yield from self._parquet_rows() if self.is_parquet else self._csv_rows()
        except (OSError, UnicodeDecodeError, csv.Error, pa.ArrowException) as error:
            raise FileError(f"{self.path} cannot be read further: {error}") from None

    def count(self) -> int | None:
        """Returns the number of rows where the file says it (Parquet), else None."""
        return int(pq.read_metadata(self.path).num_rows) if self.is_parquet else None

    def _read_columns(self) -> list[str]:
        try:
            if self.is_parquet:
                return list(pq.read_schema(self.path).names)
            self.text.check_text(self.path)
            with self._open_text() as file:
                columns = next(csv.reader(file, delimiter=self.text.delimiter), [])
        except OSError as error:
            raise FileError(f"cannot read {self.path}: {error.strerror or error}") from None
        except (UnicodeDecodeError, csv.Error, pa.ArrowException) as error:
            raise FileError(f"cannot read {self.path}: {error}") from None
        if not columns:
            raise FileError(f"{self.path} is empty: the first line must name the columns")
        if not self.is_parquet:
            self.text.check_header(self.path, columns)
        repeated = sorted({name for name in columns if columns.count(name) > 1})
        if repeated:
            raise FileError(f"{self.path} has several columns {', '.join(repeated)}")
        return columns

    def _open_text(self) -> TextIO:
        return self.path.open(encoding=self.text.reading, newline="")

    def _csv_rows(self) -> Iterator[Row]:
        with self._open_text() as file:
            reader = csv.reader(file, delimiter=self.text.delimiter)
            next(reader)
            line = reader.line_num + 1
            for record in reader:
                if record:  # else a blank line
                    yield self._csv_row(line, record)
                line = reader.line_num + 1

    def _csv_row(self, line: int, record: list[str]) -> Row:
        width, fault = len(self.columns), ""
        if len(record) != width:
            compared = "fewer" if len(record) < width else "more"
            fault = f"has {compared} cells ({len(record)}) than the header ({width})"
        cells: dict[str, object] = dict(zip(self.columns, record, strict=False))
        return Row(line, cells, fault, tuple(record[width:]))

    def _parquet_rows(self) -> Iterator[Row]:
        numbers = itertools.count(1)
        with pq.ParquetFile(self.path) as file:
            for batch in file.iter_batches(batch_size=BATCH_ROWS):
                yield from (Row(next(numbers), cells) for cells in batch.to_pylist())
