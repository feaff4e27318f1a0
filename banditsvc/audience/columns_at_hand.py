"""The columns of a part before they are in its file, for what would else have to read them there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from banditsvc.audience.joined_columns import plain
from banditsvc.audience.part_table import PART_SCHEMA, PartTable
from banditsvc.column_values import values_of
from banditsvc.described_campaigns import ids_of
from banditsvc.part_file import PartFault, coded_values


class ColumnsAtHand:
    """A part's columns: PartColumns as its file would give them, but for the order of coded values."""

    def __init__(self, table: PartTable) -> None:
        self._varying = table.varying
        self._constants = table.constants

    def columns(self, names: Sequence[str]) -> pa.RecordBatch:
        """Returns columns of all rows."""
        return pa.RecordBatch.from_arrays(
            [self._column(name) for name in names], schema=pa.schema([PART_SCHEMA.field(name) for name in names])
        )

    def described_ids(self) -> pa.ListArray:
        """Returns the ids of the campaigns that are described with each row."""
        name = "inline_campaigns"
        if self.is_one_value(name):
            return ids_of(self._column(name))
        column = self._varying[name]
        return ids_of(column.chunk(0) if column.num_chunks == 1 else self._column(name))

    def coded(self, name: str) -> tuple[NDArray[np.int64], list[Any]]:
        """Returns the place of each row's value of a column among the values that there are, and these; null is None."""
        if self.is_one_value(name):
            return np.zeros(self._varying.num_rows, dtype=np.int64), values_of(self._constants[name])
        column = self._varying[name]
        if not pa.types.is_dictionary(column.type):
            return coded_values(self._column(name))
        # Nested values are in one chunk; only such of texts are several, and can be unified.
        if column.num_chunks > 1:
            column = column.unify_dictionaries()
        known = values_of(column.chunk(0).dictionary)
        places = [chunk.indices.fill_null(len(known)).to_numpy() for chunk in column.chunks]
        return np.concatenate(places).astype(np.int64), [*known, None]

    def is_one_value(self, name: str) -> bool:
        """Returns whether a column stands as one value for all rows."""
        return name in self._constants.schema.names

    def constant(self, name: str) -> object:
        """Returns the value that a column has in all rows; None where there are no rows.

        Raises:
            PartFault: It has several.
        """
        values = self._constants[name] if self.is_one_value(name) else self._column(name).unique()
        if len(values) > 1:
            raise PartFault(f"{name} is not the same in all rows")
        return values_of(values)[0] if len(values) else None

    def _column(self, name: str) -> pa.Array:
        kind = PART_SCHEMA.field(name).type
        if self.is_one_value(name):
            return self._constants[name].take(pa.array(np.zeros(self._varying.num_rows, dtype=np.int64)))
        column = plain(self._varying[name], kind)
        return column.chunk(0) if column.num_chunks == 1 else pa.concat_arrays([pa.array([], kind), *column.chunks])
