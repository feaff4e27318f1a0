"""Batch sources: customers as record batches, from a file or a stream."""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from banditsvc.import_files import FileError, TextFormat

BATCH_ROWS = 262_144
"""Most rows of a batch."""
CSV_BLOCK_BYTES = 16 << 20
ARROW_SUFFIXES = (".arrow", ".arrows", ".ipc", ".feather")
STANDARD_INPUT = "-"


class BatchSource(ABC):
    """Customers in batches, in the order of the source. Read once."""

    name: str
    """What messages call it."""
    columns: tuple[str, ...]
    is_text: bool = False
    """Whether all cells are texts, to be read as what their field is."""

    @abstractmethod
    def schema(self) -> pa.Schema:
        """Returns the schema of the batches."""

    @abstractmethod
    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yields the batches; only the columns that were chosen have to be in them.

        Raises:
            FileError: The source is broken; the message names where.
        """

    def choose(self, columns: Iterable[str]) -> None:
        """Says which columns are wanted, so that the others need not be read."""
        self._chosen = list(dict.fromkeys(columns))

    def count(self) -> int | None:
        """Returns the number of rows where the source says it."""
        return None

    def broken_rows(self) -> list[tuple[int, str, str]]:
        """Returns the number, the reason and the text of rows that were no rows, since this was last asked."""
        return []


class GivenBatches(BatchSource):
    """Record batches that a caller has."""

    def __init__(self, given: pa.RecordBatchReader, name: str = "the record batches") -> None:
        self.name = name
        self._given = given
        self.columns = _distinct(name, given.schema.names)

    def schema(self) -> pa.Schema:
        return self._given.schema

    def batches(self) -> Iterator[pa.RecordBatch]:
        number = 0
        while True:
            try:
                batch = self._given.read_next_batch()
            except StopIteration:
                return
            except (pa.ArrowException, OSError) as error:
                raise FileError(f"{self.name} cannot be read further after row {number:,}: {error}") from None
            number += batch.num_rows
            chosen = batch.select(self._chosen)
            yield from (chosen.slice(start, BATCH_ROWS) for start in range(0, chosen.num_rows, BATCH_ROWS))


class ParquetSource(BatchSource):
    """A Parquet file, read by row groups."""

    def __init__(self, path: Path) -> None:
        self.name = str(path)
        self._path = path
        try:
            self._file = pq.ParquetFile(path, page_checksum_verification=True, pre_buffer=False)
        except (OSError, pa.ArrowException) as error:
            raise _unreadable(path, error) from None
        self.columns = _distinct(self.name, self._file.schema_arrow.names)

    def schema(self) -> pa.Schema:
        return self._file.schema_arrow

    def count(self) -> int:
        return int(self._file.metadata.num_rows)

    def batches(self) -> Iterator[pa.RecordBatch]:
        texts = [
            name
            for name in self._chosen
            if pa.types.is_string(kind := self._file.schema_arrow.field(name).type) or pa.types.is_large_string(kind)
        ]
        # Texts that recur come as their places in a dictionary; ids do not recur.
        self._file = pq.ParquetFile(
            self._path, page_checksum_verification=True, pre_buffer=False, read_dictionary=texts[1:]
        )
        for group in range(self._file.num_row_groups):
            try:
                yield from self._file.iter_batches(BATCH_ROWS, row_groups=[group], columns=self._chosen)
            except (OSError, pa.ArrowException) as error:
                raise FileError(self._fault_of(group, error)) from None

    def _fault_of(self, group: int, error: Exception) -> str:
        """Returns which column of a row group cannot be read."""
        for column in self._chosen:
            try:
                for _ in self._file.iter_batches(BATCH_ROWS, row_groups=[group], columns=[column]):
                    pass
            except (OSError, pa.ArrowException) as found:
                return (
                    f"{self.name}: column {column} of row group {group + 1} of {self._file.num_row_groups} is damaged: "
                    f"{_on_one_line(found)}; write the file again"
                )
        return (
            f"{self.name}: row group {group + 1} of {self._file.num_row_groups} is damaged: {_on_one_line(error)}; "
            "write the file again"
        )


class CsvSource(BatchSource):
    """A CSV file with a header; cells are texts."""

    is_text = True

    def __init__(self, path: Path, text: TextFormat) -> None:
        self.name = str(path)
        self._path, self._text = path, text
        self._broken: list[tuple[int, str, str]] = []
        try:
            text.check_text(path)
            # The header alone: no block is read.
            with self._open([]) as reader:
                names = reader.schema.names
        except (OSError, UnicodeDecodeError, pa.ArrowException) as error:
            raise _unreadable(path, error) from None
        self.columns = _distinct(self.name, names)
        text.check_header(path, list(self.columns))

    def schema(self) -> pa.Schema:
        return pa.schema([(name, pa.string()) for name in self.columns])

    def batches(self) -> Iterator[pa.RecordBatch]:
        self._broken.clear()
        try:
            with self._open(self._chosen) as reader:
                for batch in reader:
                    yield from (batch.slice(start, BATCH_ROWS) for start in range(0, batch.num_rows, BATCH_ROWS))
        except (OSError, UnicodeDecodeError, pa.ArrowException) as error:
            raise FileError(f"{self.name} cannot be read further: {error}") from None

    def broken_rows(self) -> list[tuple[int, str, str]]:
        found, self._broken = self._broken, []
        return found

    def _open(self, wanted: list[str]) -> pa_csv.CSVStreamingReader:
        return pa_csv.open_csv(
            self._path,
            read_options=pa_csv.ReadOptions(
                use_threads=False, block_size=CSV_BLOCK_BYTES, encoding=self._text.reading.replace("utf-8-sig", "utf8")
            ),
            parse_options=pa_csv.ParseOptions(
                delimiter=self._text.delimiter,
                newlines_in_values=True,
                invalid_row_handler=self._note,
            ),
            convert_options=pa_csv.ConvertOptions(
                column_types={name: pa.string() for name in wanted},
                include_columns=wanted,
                strings_can_be_null=True,
                null_values=[""],
            ),
        )

    def _note(self, row: pa_csv.InvalidRow) -> str:
        compared = "fewer" if row.actual_columns < row.expected_columns else "more"
        reason = f"has {compared} cells ({row.actual_columns}) than the header ({row.expected_columns})"
        self._broken.append((row.number or 0, reason, row.text))
        return "skip"


def open_source(path: Path, text: TextFormat | None = None) -> BatchSource:
    """Returns the source of a path: Parquet and Arrow by suffix, - for an Arrow stream on standard input, else CSV.

    Raises:
        FileError: It cannot be read.
    """
    if str(path) == STANDARD_INPUT:
        return GivenBatches(_stream(sys.stdin.buffer, "standard input"), "standard input")
    if path.suffix.lower() in (".parquet", ".pq"):
        return ParquetSource(path)
    if path.suffix.lower() in ARROW_SUFFIXES:
        return _arrow_file(path)
    return CsvSource(path, text or TextFormat())


def _arrow_file(path: Path) -> GivenBatches:
    try:
        with path.open("rb") as start:
            is_stream = start.read(6) != b"ARROW1"
        file = pa.OSFile(str(path))
        if is_stream:
            return GivenBatches(_stream(file, str(path)), str(path))
        whole = pa.ipc.open_file(file)
    except (OSError, pa.ArrowException) as error:
        raise _unreadable(path, error) from None
    parts = (whole.get_batch(place) for place in range(whole.num_record_batches))
    return GivenBatches(pa.RecordBatchReader.from_batches(whole.schema, parts), str(path))


def _stream(file: BinaryIO | pa.NativeFile, name: str) -> pa.RecordBatchReader:
    try:
        return pa.ipc.open_stream(file)
    except (OSError, pa.ArrowException) as error:
        raise FileError(f"{name} is no Arrow stream: {error}") from None


def _unreadable(path: Path, error: Exception) -> FileError:
    if isinstance(error, FileNotFoundError):
        return FileError(f"cannot read {path}: there is no such file")
    if path.is_file() and not path.stat().st_size:
        return FileError(f"cannot read {path}: it is empty; write it again")
    reason = error.strerror if isinstance(error, OSError) and error.strerror else _on_one_line(error)
    return FileError(f"cannot read {path}: {reason}; is it whole? Else write it again")


def _on_one_line(error: Exception) -> str:
    """Returns what an error says, without its full stop: a remedy follows."""
    return " ".join(str(error).split()).rstrip(".")


def _distinct(name: str, columns: list[str]) -> tuple[str, ...]:
    repeated = sorted({column for column in columns if columns.count(column) > 1})
    if repeated:
        raise FileError(f"{name} has several columns {', '.join(repeated)}")
    return tuple(columns)
