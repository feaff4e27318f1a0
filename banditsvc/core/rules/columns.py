"""Columns: what a rule sees of many customers at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.campaign import Campaign
from banditsvc.core.context import CustomerContext
from banditsvc.core.decision import RankInput
from banditsvc.core.rules.fields import Field, ValueType
from banditsvc.core.rules.values import value_of


@dataclass(frozen=True, slots=True)
class Column:
    """One field of many customers; of one row, it stands for all of them.

    values are float64 for numbers (NaN is unknown too), bool for flags, int64 for names (their numbers in the
    enumeration), and objects for texts (str) and for lists of texts and favourites (anything that can be searched by
    in). What stands where known is False is never read but for its type.
    """

    values: NDArray[Any]
    known: NDArray[np.bool_]
    codes: NDArray[np.int64] | None = None
    """Where given, values has one for each code, and this is each row's; a negative one counts from the end."""

    def of_rows(self) -> NDArray[Any]:
        """Returns the value of each row."""
        return self.values if self.codes is None else self.values[self.codes]


@dataclass(frozen=True, slots=True)
class RuleColumns:
    """The columns of some customers. A field without a column is unknown for all."""

    rows: int
    columns: Mapping[Field, Column]


Row = tuple[CustomerContext, RankInput, Campaign | None]
"""What one customer is asked about, as for a compiled rule."""

_DTYPES: Mapping[ValueType, tuple[type, Any]] = {
    ValueType.NUMBER: (np.float64, np.nan),
    ValueType.FLAG: (np.bool_, False),
    ValueType.NAMED: (np.int64, 0),
    ValueType.TEXT: (np.object_, ""),
    ValueType.TEXTS: (np.object_, ()),
}
"""Type of the values of a column, and what stands where they are unknown."""


def columns_of(fields: Iterable[Field], rows: Sequence[Row]) -> RuleColumns:
    """Returns the columns of some fields, such as ParsedRule.fields."""
    return RuleColumns(len(rows), {field: column(field, [value_of(field, *row) for row in rows]) for field in fields})


def column(field: Field, values: Sequence[Any]) -> Column:
    """Returns a column from values of the field's type, None where unknown."""
    dtype, unknown = _DTYPES[field.value_type]
    filled: NDArray[Any] = np.empty(len(values), dtype)
    for row, value in enumerate(values):  # numpy would make one more dimension of lists of texts
        filled[row] = unknown if value is None else value
    return Column(filled, np.array([value is not None for value in values], np.bool_))


def unknown_column(field: Field) -> Column:
    """Returns the column of a field of which nothing is known."""
    return column(field, [None])
