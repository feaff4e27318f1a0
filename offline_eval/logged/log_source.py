"""Log sources: files, folders and tables that decisions are read from, told apart by what they are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeAlias

import pandas as pd
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from banditsvc.log_schema import JOINED
from offline_eval.logged import left_out as kinds
from offline_eval.logged.catalogue_order import CATALOGUE_COLUMNS, CatalogueOrder
from offline_eval.logged.column_types import check_types
from offline_eval.logged.dsjson import DsjsonReader
from offline_eval.logged.joined_table import JoinedReader, joined_columns
from offline_eval.logged.joining import joined_logged
from offline_eval.logged.left_out import MOST_FAULTS, LeftOut
from offline_eval.logged.log_refused import LogRefused
from offline_eval.logged.logged import Logged
from offline_eval.logged.plain_table import TableReader
from offline_eval.logged.table_columns import TableColumns

BATCH_ROWS = 50_000
"""Rows of a part of a table, and so of what is held in memory at a time."""
Source: TypeAlias = str | Path | pd.DataFrame | pa.Table
"""A path, or a table in memory."""
_DSJSON = frozenset({".dsjson", ".json", ".jsonl"})
_TABLE_MARK = b"banditsvc_table"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingSettings:
    """How a log is read."""

    columns: TableColumns = field(default_factory=TableColumns)
    """Column map of tables that are not this service's."""
    labels: tuple[str, ...] = ()
    """Further columns of the joined table to divide by."""
    with_contexts: bool = False
    """Whether to keep whole requests, for policies of exclusive rules."""
    pooled: bool = False
    """Whether a decision's probability is the mixture over all groups; see joined_table."""
    default_reward: float = 0.0
    """Of dsjson events without label and observation."""
    reward_range: tuple[float, float] | None = None
    """Least and greatest reward; None for what the log tells of it."""
    most_faults: float = MOST_FAULTS
    """Greatest share of decisions at fault with which reading goes on."""


@dataclass(frozen=True, slots=True)
class LogParts:
    """A log part by part. What is left out is known once the last part is read."""

    name: str
    parts: Iterator[Logged]
    left_out: LeftOut


def read_logged(source: Source, settings: ReadingSettings | None = None) -> Logged:
    """Returns the decisions of a log that can be evaluated; the arguments are those of log_parts.

    Raises:
        LogRefused: It cannot be read, no decision is left, or too many are at fault.
    """
    settings = settings or ReadingSettings()
    log = log_parts(source, settings)
    return whole_log(log, settings.most_faults)


def whole_log(log: LogParts, most_faults: float = MOST_FAULTS) -> Logged:
    """Returns all parts of a log as one, checked for how many decisions are at fault.

    Raises:
        LogRefused: As for read_logged.
    """
    parts = list(log.parts)
    log.left_out.check(sum(len(part) for part in parts), log.name, most_faults)
    return joined_logged([part for part in parts if len(part)])


def log_parts(source: Source, settings: ReadingSettings) -> LogParts:
    """Returns a log part by part.

    Args:
        source: A folder that `banditsvc export` wrote; a Parquet file, of the joined table or any; a CSV file; a dsjson
            file; a data frame or Arrow table, of the joined table or any.
        settings: How it is read.

    Raises:
        LogRefused: There is no such file, it cannot be read, or columns are missing.
    """
    name = "the table" if isinstance(source, pd.DataFrame | pa.Table) else str(source)
    try:
        log = _opened(source, settings)
    except (pa.ArrowException, OSError) as error:
        raise LogRefused(f"{name}: it cannot be read: {error}") from None
    return replace(log, parts=_readable(log))


def _readable(log: LogParts) -> Iterator[Logged]:
    """Yields the parts of a log, of which those behind the first may be what cannot be read."""
    try:
        yield from log.parts
    except (pa.ArrowException, OSError) as error:
        raise LogRefused(f"{log.name}: it cannot be read: {error}") from None


def _opened(source: Source, settings: ReadingSettings) -> LogParts:
    if isinstance(source, pd.DataFrame):
        return _of_table(_arrow(source, settings), settings)
    if isinstance(source, pa.Table):
        return _of_table(source, settings)
    path = Path(source)
    if path.is_dir():
        path = path / "joined.parquet"
    if not path.is_file():
        raise LogRefused(f"{path}: there is no such file; name an export, or a Parquet, CSV or dsjson file")
    if path.suffix in _DSJSON:
        return _of_dsjson(path, settings)
    return _of_parquet(path, settings) if path.suffix == ".parquet" else _of_csv(path, settings)


def _of_dsjson(path: Path, settings: ReadingSettings) -> LogParts:
    def lines() -> Iterable[bytes]:
        with path.open("rb") as file:
            yield from file

    reader = DsjsonReader(lines, default_reward=settings.default_reward)
    return LogParts(str(path), _ranged(reader.parts(), settings), reader.left_out)


def _of_parquet(path: Path, settings: ReadingSettings) -> LogParts:
    file = pq.ParquetFile(path)
    schema = file.schema_arrow
    if _is_joined(schema.names, schema.metadata):
        wanted = _present_columns(schema.names, settings, str(path))
        reader = JoinedReader(
            catalogue=_catalogue(path.with_name("campaigns.parquet")),
            reward_range=_told_range(schema.metadata),
            labels=settings.labels,
            with_contexts=settings.with_contexts,
            pooled=settings.pooled,
        )
        batches = file.iter_batches(batch_size=BATCH_ROWS, columns=wanted)
        return LogParts(str(path), _ranged(reader.read(_cast(batches)), settings), reader.left_out)
    settings.columns.check(schema.names, str(path))
    check_types(settings.columns, schema, str(path))
    table = TableReader(settings.columns)
    batches = file.iter_batches(batch_size=BATCH_ROWS, columns=list(settings.columns.names))
    return LogParts(str(path), _ranged(table.read(batches), settings), table.left_out)


def _of_csv(path: Path, settings: ReadingSettings) -> LogParts:
    columns, left_out = settings.columns, LeftOut()
    with path.open("rb") as file:
        head = file.readline().strip()
    if not head:
        raise LogRefused(f"{path}: its first line is empty: it must name the columns")
    try:
        columns.check(pa_csv.read_csv(pa.BufferReader(head + b"\n")).column_names, str(path))
    except UnicodeDecodeError:
        raise LogRefused(f"{path}: its first line is no text in UTF-8: save it as CSV in UTF-8") from None

    def broken(row: Any) -> str:
        left_out.add(kinds.BROKEN_LINE, "a row" if row.number is None else f"row {row.number - 1}")
        return "skip"

    batches = pa_csv.open_csv(
        path,
        read_options=pa_csv.ReadOptions(use_threads=False),
        parse_options=pa_csv.ParseOptions(invalid_row_handler=broken),
        convert_options=pa_csv.ConvertOptions(
            include_columns=list(columns.names),
            column_types=dict.fromkeys(columns.names, pa.string()),
            strings_can_be_null=True,
            null_values=[""],
        ),
    )
    table = TableReader(columns, left_out)
    return LogParts(str(path), _ranged(table.read(batches), settings), left_out)


def _of_table(table: pa.Table, settings: ReadingSettings) -> LogParts:
    name = "the table"
    if _is_joined(table.column_names, table.schema.metadata):
        wanted = _present_columns(table.column_names, settings, name)
        reader = JoinedReader(
            reward_range=_told_range(table.schema.metadata),
            labels=settings.labels,
            with_contexts=settings.with_contexts,
            pooled=settings.pooled,
        )
        batches = _cast(table.select(wanted).to_batches(BATCH_ROWS))
        return LogParts(name, _ranged(reader.read(batches), settings), reader.left_out)
    settings.columns.check(table.column_names, name)
    check_types(settings.columns, table.schema, name)
    plain = TableReader(settings.columns)
    batches = iter(table.select(list(settings.columns.names)).to_batches(BATCH_ROWS))
    return LogParts(name, _ranged(plain.read(batches), settings), plain.left_out)


def _arrow(frame: pd.DataFrame, settings: ReadingSettings) -> pa.Table:
    if _is_joined(list(frame.columns), None):
        names = _present_columns(list(frame.columns), settings, "the table")
        schema = pa.schema([JOINED.field(name) for name in names], JOINED.metadata)
        return pa.Table.from_pandas(frame, schema=schema, preserve_index=False)
    settings.columns.check(list(frame.columns), "the table")
    return pa.Table.from_pandas(frame[list(settings.columns.names)], preserve_index=False)


def _is_joined(names: Sequence[str], metadata: dict[bytes, bytes] | None) -> bool:
    told = (metadata or {}).get(_TABLE_MARK)
    return told == b"joined" or {"decision_id", "eligible", "selection_probabilities", "is_mature"} <= set(names)


def _present_columns(names: Sequence[str], settings: ReadingSettings, log: str) -> list[str]:
    wanted = joined_columns(with_contexts=settings.with_contexts, pooled=settings.pooled, labels=settings.labels)
    lacks = [name for name in wanted if name not in names]
    if lacks:
        raise LogRefused(f"{log}: a joined table has the columns {', '.join(lacks)}: export it with this version")
    return list(wanted)


def _cast(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yields batches with the types of the joined table, whatever Parquet or pandas made of them."""
    for batch in batches:
        schema = pa.schema([JOINED.field(name) for name in batch.schema.names])
        yield (
            batch
            if batch.schema.equals(schema)
            else pa.RecordBatch.from_arrays(
                [batch[name].cast(JOINED.field(name).type) for name in schema.names], schema=schema
            )
        )


def _catalogue(path: Path) -> CatalogueOrder | None:
    if not path.is_file():
        return None
    return CatalogueOrder(pq.ParquetFile(path).iter_batches(columns=list(CATALOGUE_COLUMNS)))


def _told_range(metadata: dict[bytes, bytes] | None) -> tuple[float, float]:
    told = metadata or {}
    return float(told.get(b"least_reward", b"-inf")), float(told.get(b"greatest_reward", b"inf"))


def _ranged(parts: Iterator[Logged], settings: ReadingSettings) -> Iterator[Logged]:
    """Yields the parts with the range of rewards that was given, if one was.

    Raises:
        LogRefused: A reward is out of it.
    """
    for part in parts:
        least, greatest = settings.reward_range or part.reward_range
        outside = (part.reward < least) | (part.reward > greatest)
        if outside.any():
            raise LogRefused(
                f"a reward of {part.reward[outside][0]:g} is out of the range {least:g} to {greatest:g} that was given"
            )
        yield replace(part, reward_range=(least, greatest))
