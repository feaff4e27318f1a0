"""Part files: a span of an audience's decisions as one Parquet file with the columns of the open form.

The file has the columns of log_schema.DECISIONS without position and record_time. Columns with one value in all rows
may stand in the file's metadata, as a table of one row, instead of among its columns. A nested column may have the
places of its values, or of its lists' members, instead of them, which then stand in the metadata too; so may campaigns
that are described with rows (described_campaigns). Ids of decisions, vectors
and maps may have a form of part_forms. A column that is the same as another stands there once.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from banditsvc.column_values import values_of
from banditsvc.core.decision import LearnedState
from banditsvc.described_campaigns import ids_of, is_described, with_values
from banditsvc.log_decisions import Unwritten
from banditsvc.log_schema import DECISIONS
from banditsvc.part_forms import opened, row_ids

ABOUT = b"banditsvc_audience"
"""Key of the metadata that say what the open form does not, as JSON: run_id, number, has_send_time, shadow_learned."""
CONSTANTS = b"banditsvc_constants"
"""Key of the metadata that hold the columns with one value: an Arrow IPC stream of one row."""

VALUES = b"banditsvc_values."
"""Key, with the column's name behind it, of the metadata that hold the values of a column of places: such a stream of
one column."""

SAME = b"banditsvc_same"
"""Key of the metadata that name, as a JSON object, the column that another is the same as, value by value."""

COLUMNS = tuple(name for name in DECISIONS.names if name not in ("position", "record_time"))


class PartFault(Exception):
    """A file is no part that a run can have made; the text says why."""


class PartFile:
    """One part file, open for reading. Pages carry checksums, which are compared as they are read.

    Every method raises OSError, pyarrow.ArrowException or PartFault where the file is damaged.
    """

    def __init__(self, path: Path) -> None:
        """Opens the file and reads its footer."""
        self._file = pq.ParquetFile(path, memory_map=True, page_checksum_verification=True)
        metadata = self._file.metadata
        counts = [metadata.row_group(group).num_rows for group in range(metadata.num_row_groups)]
        self.starts = tuple(accumulate(counts, initial=0))
        """Place of the first row of each group, and the number of rows at the end."""
        about = self._file.schema_arrow.metadata or {}
        self.run_id, self.number, self.unwritten = _about(about.get(ABOUT))
        self._constants = _constants(about.get(CONSTANTS))
        self._values = {
            name: one
            for key, stream in about.items()
            if key.startswith(VALUES)
            for name, one in _constants(stream).items()
        }
        self._same: dict[str, str] = _same(about.get(SAME))
        has = {*self._file.schema_arrow.names, *self._constants, *self._same}
        missing = [name for name in COLUMNS if name not in has]
        if missing:
            raise PartFault(f"it lacks the columns {', '.join(missing)}")

    def stored_group(self, number: int, columns: Sequence[str] = COLUMNS) -> pa.Table:
        """Returns columns of a group of rows as they stand in the file, without those that have one value."""
        return self._file.read_row_group(number, self._read_for(columns), use_threads=False).combine_chunks()

    def rows(self, stored: pa.Table, count: int, columns: Sequence[str] = COLUMNS) -> pa.RecordBatch:
        """Returns columns of so many rows as the open form has them, from a stored group or a slice of one."""
        return pa.RecordBatch.from_arrays(
            [
                _repeated(self._constants[name], count) if name in self._constants else self._column(stored, name)
                for name in columns
            ],
            schema=pa.schema([DECISIONS.field(name) for name in columns]),
        )

    def group(self, number: int, columns: Sequence[str] = COLUMNS) -> pa.RecordBatch:
        """Returns columns of a group of rows."""
        count = self.starts[number + 1] - self.starts[number]
        return self.rows(self.stored_group(number, columns), count, columns)

    def _column(self, table: pa.Table, name: str) -> pa.Array:
        stored = _whole(table[self._same.get(name, name)])
        if name == "decision_id" and pa.types.is_integer(stored.type):
            return row_ids(self.run_id, stored)
        if name not in self._values:
            return opened(stored, DECISIONS.field(name).type)
        values = self._values[name]
        if is_described(stored.type):
            return opened(with_values(stored, values), DECISIONS.field(name).type)
        if not pa.types.is_list(stored.type):
            return values.take(stored)
        bounds = stored.offsets
        members = stored.values.slice(bounds[0].as_py(), bounds[-1].as_py() - bounds[0].as_py())
        return pa.ListArray.from_arrays(pc.subtract(bounds, bounds[0]), values.take(members))

    def columns(self, names: Sequence[str]) -> pa.RecordBatch:
        """Returns columns of all rows."""
        return self.rows(self._stored(names), self.starts[-1], names)

    def is_one_value(self, name: str) -> bool:
        """Returns whether the file has a column as one value that stands for all rows."""
        return name in self._constants

    def described_ids(self) -> pa.ListArray:
        """Returns the ids of the campaigns that are described with each row."""
        name = "inline_campaigns"
        if name in self._constants:
            return ids_of(_repeated(self._constants[name], self.starts[-1]))
        stored = _whole(self._stored([name])[name])
        return ids_of(with_values(stored, self._values[name]) if name in self._values else stored)

    def coded(self, name: str) -> tuple[NDArray[np.int64], list[Any]]:
        """Returns the place of each row's value of a column among the values that there are, and these; null is None."""
        count = self.starts[-1]
        if name in self._constants:
            return np.zeros(count, dtype=np.int64), values_of(self._constants[name])
        if name in self._values and not pa.types.is_list(DECISIONS.field(name).type):
            known = values_of(self._values[name])
            places = _whole(self._stored([name])[name]).fill_null(len(known)).to_numpy()
            return places.astype(np.int64), [*known, None]
        return coded_values(self.columns([name]).column(0))

    def _stored(self, names: Sequence[str]) -> pa.Table:
        """Returns columns of all rows as stored_group gives those of a group."""
        return self._file.read(self._read_for(names), use_threads=False).combine_chunks()

    def _read_for(self, names: Sequence[str]) -> list[str]:
        """Returns the columns of the file that columns are made of."""
        return list(dict.fromkeys([self._same.get(name, name) for name in names if name not in self._constants]))

    def constant(self, name: str) -> object:
        """Returns the value that a column has in all rows; None where there are no rows.

        Raises:
            PartFault: It has several.
        """
        values = self._constants[name] if name in self._constants else self.columns([name]).column(0).unique()
        if len(values) > 1:
            raise PartFault(f"{name} is not the same in all rows")
        return values_of(values)[0] if len(values) else None

    def close(self) -> None:
        """Closes the file."""
        self._file.close()


def coded_values(column: pa.Array) -> tuple[NDArray[np.int64], list[Any]]:
    """Returns the place of each row's value among the values that there are, and these; null is None."""
    if pa.types.is_string(column.type):
        coded = column.dictionary_encode(null_encoding="encode")
        return coded.indices.to_numpy().astype(np.int64), coded.dictionary.to_pylist()
    distinct: dict[Any, int] = {}
    codes = [distinct.setdefault(value, len(distinct)) for value in values_of(column)]
    return np.array(codes, dtype=np.int64), list(distinct)


def _about(text: bytes | None) -> tuple[str, int, Unwritten]:
    try:
        about = json.loads(text or b"")
        unwritten = Unwritten(about["has_send_time"], LearnedState(*(about["shadow_learned"] or ())))
        return about["run_id"], about["number"], unwritten
    except (KeyError, ValueError, TypeError) as error:
        raise PartFault("its metadata do not say that it is a part of an audience") from error


def _same(text: bytes | None) -> dict[str, str]:
    try:
        return dict(json.loads(text or b"{}"))
    except (ValueError, TypeError) as error:
        raise PartFault("its metadata do not say which columns are the same") from error


def _constants(stream: bytes | None) -> dict[str, pa.Array]:
    if stream is None:
        return {}
    batch = pa.ipc.open_stream(stream).read_next_batch()
    return {name: batch.column(name) for name in batch.schema.names}


def _repeated(value: pa.Array, count: int) -> pa.Array:
    return value.take(pa.array([0] * count, pa.int32()))


def _whole(column: pa.ChunkedArray) -> pa.Array:
    if column.num_chunks == 1:
        return column.chunk(0)
    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
