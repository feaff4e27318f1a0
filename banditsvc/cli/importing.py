"""Sends the rows of a file in batches and tells what became of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import typer
from google.protobuf.message import Message
from google.rpc.status_pb2 import Status

from banditsvc.cli.command_failure import FAILED, USAGE, CommandFailure
from banditsvc.cli.failure import reported
from banditsvc.cli.output import notes, progress_bar, write_json, write_table
from banditsvc.client.error import error_of_status
from banditsvc.core.errors import FieldViolation, InvalidRequest
from banditsvc.core.time_zones import is_time_zone
from banditsvc.import_files import Columns, RejectsFile, Row, RowFile, RowReader, TextFormat

M = TypeVar("M", bound=Message)

BATCH_ROWS = 1000
"""Rows a call: the most that the service takes."""
_OF_ROW = re.compile(
    r"^((requests|enrollments|merges|decisions)\[\d+\]\.)?((outcome|context|campaign|consents\[\d+\])\.)?"
)
"""What the service puts before a field of a row."""
_OTHER_FIELD = re.compile(r"\boutcome\.(\w+)")
"""How the service speaks of another field of the row."""
REJECTED = "REJECTED"
"""Stands in the summary for rows that were not stored."""


@dataclass(frozen=True, slots=True)
class RowAnswer:
    """What became of one row: a status word, or the reason why it was refused."""

    status: str
    reason: str = ""
    violations: tuple[FieldViolation, ...] = ()
    """Where the reason is in single fields."""

    def explain(self, columns: Columns) -> str:
        """Returns the reason on one line, fields named by their columns; nothing for a row that was taken."""
        faults = (
            f"{columns.label(_OF_ROW.sub('', one.field))}: "
            f"{_OTHER_FIELD.sub(lambda found: columns.label(found[1]), one.description)}"
            for one in self.violations
        )
        return "; ".join(faults) or self.reason


@dataclass(slots=True)
class Summary:
    """Number of rows by status."""

    path: str
    rejects_path: Path
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def rejected(self) -> int:
        """Returns the number of rows that were not stored."""
        return self.counts[REJECTED]

    def show(self, *, as_json: bool) -> None:
        """Writes the summary, and fails like fail_if_rejected."""
        if as_json:
            write_json(self.plain())
        else:
            write_table(["status", ">rows"], [*sorted(self.counts.items()), ("total", self.counts.total())])
        self.fail_if_rejected()

    def plain(self) -> dict[str, object]:
        """Returns the summary as JSON shows it."""
        rejects = str(self.rejects_path) if self.rejected else None
        return {"file": self.path, "rows": self.counts.total(), "statuses": dict(self.counts), "rejects": rejects}

    def fail_if_rejected(self) -> None:
        """Ends the command with exit code 1 where rows were rejected, and says where they are."""
        if self.rejected:
            rows = "1 row was" if self.rejected == 1 else f"{self.rejected:,} rows were"
            notes.print(f"{rows} rejected; the reasons are in {self.rejects_path}")
            raise typer.Exit(FAILED)


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How a file is read: the options of import_options.py but for the file, as a command was given them."""

    columns: Sequence[str] | None
    constants: Sequence[str] | None
    map_file: Path | None
    time_zone: str | None
    rejects: Path | None
    delimiter: str | None
    decimal: str | None
    encoding: str | None

    def given(self) -> dict[str, object]:
        """Returns values by option, None for what was not given."""
        return {
            "--map": self.columns or None,
            "--set": self.constants or None,
            "--map-file": self.map_file,
            "--time-zone": self.time_zone,
            "--rejects": self.rejects,
            "--delimiter": self.delimiter,
            "--decimal": self.decimal,
            "--encoding": self.encoding,
        }


def import_rows(
    path: Path,
    options: ImportOptions,
    message_type: type[M],
    send: Callable[[list[M]], Sequence[RowAnswer]],
    reader_type: type[RowReader[M]] = RowReader,
) -> Summary:
    """Sends every row of a file and returns what became of them; rejected rows go to a file.

    Args:
        path: The file.
        options: How it is read.
        message_type: What a row is.
        send: Posts at most 1,000 messages and tells of each what became of it.
        reader_type: Makes messages of rows.
    """
    return import_numbered_rows(
        path, options, message_type, lambda numbered: send([message for _, message in numbered]), reader_type
    )


def import_numbered_rows(
    path: Path,
    options: ImportOptions,
    message_type: type[M],
    send: Callable[[list[tuple[int, M]]], Sequence[RowAnswer]],
    reader_type: type[RowReader[M]] = RowReader,
) -> Summary:
    """Does the same as import_rows; send is given the number of each row with its message."""
    file, reader = open_rows(path, options, message_type, reader_type)
    unused = reader.columns.unused(file.columns)
    if unused:
        notes.print(f"not used of {file.path.name}: {', '.join(unused)}", markup=False, soft_wrap=True)
    rejects_path = options.rejects or path.with_name(path.name + ".rejects.csv")
    summary = Summary(str(path), rejects_path)
    with RejectsFile(rejects_path, file.columns, file.text) as rejects, progress_bar() as progress:
        task = progress.add_task(path.name, total=file.count())
        for batch in _batches(file):
            for row, answer in _send_batch(batch, reader, send):
                reason = answer.explain(reader.columns)
                summary.counts[REJECTED if reason else answer.status] += 1
                if reason:
                    rejects.add(row, reason)
            progress.advance(task, len(batch))
    return summary


def row_answer(status: Status, word: str) -> RowAnswer:
    """Returns what became of an item of a batch: the word for success, else why it was refused."""
    if status.code == 0:
        return RowAnswer(word)
    error = error_of_status(status)
    return RowAnswer(REJECTED, error.message or error.code.name, error.violations)


def refused(error: InvalidRequest) -> RowAnswer:
    """Returns what became of a row that makes no request."""
    return RowAnswer(REJECTED, str(error), tuple(error.violations))


def open_rows(
    path: Path, options: ImportOptions, message_type: type[M], reader_type: type[RowReader[M]] = RowReader
) -> tuple[RowFile, RowReader[M]]:
    """Returns a file and what makes messages of its rows.

    Raises:
        CommandFailure: The file or the options cannot be used.
    """
    decimal = options.decimal or "."
    if decimal not in (".", ","):
        raise CommandFailure(f"--decimal: {decimal!r} is neither a comma nor a dot", USAGE)
    with reported():
        file = RowFile(path, TextFormat.of_options(options.delimiter or ",", options.encoding or "utf-8"))
        columns = Columns.of_options(options.columns or (), options.constants or (), options.map_file)
        if options.time_zone and not is_time_zone(options.time_zone):
            raise CommandFailure(f"--time-zone: {options.time_zone!r} is no time zone, such as UTC", USAGE)
        return file, reader_type(message_type, columns, file.columns, options.time_zone or None, decimal)


def _batches(file: RowFile) -> Iterator[list[Row]]:
    batch: list[Row] = []
    for row in file.rows():
        batch.append(row)
        if len(batch) == BATCH_ROWS:
            yield batch
            batch = []
    if batch:
        yield batch


def _send_batch(
    batch: Sequence[Row], reader: RowReader[M], send: Callable[[list[tuple[int, M]]], Sequence[RowAnswer]]
) -> Iterator[tuple[Row, RowAnswer]]:
    """Yields what became of each row, in the order of the file."""
    readable: list[tuple[int, M]] = []
    faulty: dict[int, RowAnswer] = {}
    for place, row in enumerate(batch):
        if row.fault:
            faulty[place] = RowAnswer(REJECTED, row.fault)
            continue
        try:
            readable.append((row.number, reader.read(row)))
        except InvalidRequest as error:
            faulty[place] = refused(error)
    answers = iter(send(readable) if readable else ())
    for place, row in enumerate(batch):
        yield row, faulty.get(place) or next(answers)
