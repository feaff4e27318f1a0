"""Typed batches: record batches with a column for each field, and the rows that cannot be used."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from banditsvc.audience.source import cells, list_cells
from banditsvc.audience.source.audience_fields import CAMPAIGN, CANDIDATES, CUSTOMER, FieldKind, field_kind
from banditsvc.audience.source.candidate_lists import CandidateLists
from banditsvc.core.rule import FeatureType
from banditsvc.import_files import ColumnError, Columns
from banditsvc.import_files.context_rows import FAVOURITE, FEATURE, feature_of
from banditsvc.import_files.messages import decimal_remedy

Read = Callable[[pa.Array], cells.Cells]

FEATURE_SEPARATOR = ";"
"""What parts the texts of a feature in one cell, where the map names nothing else: texts may have blanks."""
_MOST_SHOWN = 100
"""Characters of a cell in a reason."""
_MOST = {"recency_days": 36_500.0, "frequency": 1e9, "monetary": 1e12}
_KINDS = {
    FeatureType.NUMBER: "numbers",
    FeatureType.TEXT: "texts",
    FeatureType.FLAG: "flags",
    FeatureType.TEXTS: "lists of texts",
}
_SNIFFED: Mapping[type, FeatureType] = {bool: FeatureType.FLAG, float: FeatureType.NUMBER}


@dataclass(frozen=True, slots=True)
class TypedBatch:
    """Rows that can be used, and why the others cannot."""

    columns: dict[str, pa.Array]
    """By field, of the rows that can be used."""
    places: NDArray[np.intp]
    """Place of each of those in the batch that was read."""
    faults: Mapping[int, str] = field(default_factory=dict)
    """Reason by place, for the others."""


class BatchTyper:
    """Makes typed batches of the record batches of one source. Pure."""

    def __init__(
        self,
        name: str,
        schema: pa.Schema,
        columns: Columns,
        *,
        feature_types: Mapping[str, FeatureType],
        candidates: CandidateLists,
        decimal: str = ".",
    ) -> None:
        """Chooses how each column is read.

        Args:
            name: What messages call the source.
            schema: Of its batches.
            columns: The resolved map.
            feature_types: Declared types of features; columns of texts are read as these.
            candidates: Reads a column of candidates.
            decimal: What stands before the decimals of a number written as text.

        Raises:
            ColumnError: A column has another type than its field; all of them are named.
        """
        self._columns = columns
        self._declared = feature_types
        self._candidates = candidates
        self._decimal = decimal
        self._lists = {
            FieldKind.IDS: candidates.read,
            FieldKind.EXCLUDED: candidates.read_excluded,
            FieldKind.CONSENTS: list_cells.consents,
        }
        self._reads: dict[str, Read] = {}
        faults: list[str] = []
        for target, column in columns.columns.items():
            kind = schema.field(column).type
            read = self._read_of(target, kind)
            if read is None:
                faults.append(f"{name}: column {columns.label(target)} has the type {kind}; {self._wanted(target)}")
            else:
                self._reads[target] = read
        if faults:
            raise ColumnError("\n".join(faults))
        self._constants = {target: self._constant(target, text) for target, text in columns.constants.items()}

    def read(self, batch: pa.RecordBatch) -> TypedBatch:
        """Returns the rows of a batch."""
        found = {target: read(batch.column(self._columns.columns[target])) for target, read in self._reads.items()}
        faults: dict[int, list[str]] = {}
        for target, one in found.items():
            source = batch.column(self._columns.columns[target])
            for place in one.bad.tolist():
                cell = source[place].as_py()
                remedy = decimal_remedy(cell, self._decimal) if one.is_number and isinstance(cell, str) else ""
                is_missing = cell is None or (isinstance(cell, float) and math.isnan(cell))
                reason = one.missing if is_missing else one.reason.format(_shown(cell))
                faults.setdefault(place, []).append(f"{self._columns.label(target)}: {reason}{remedy}")
        columns = {target: one.values for target, one in found.items()}
        for target, value in self._constants.items():
            columns[target] = _repeated(value, batch.num_rows)
        places = np.arange(batch.num_rows)
        if faults:
            places = np.delete(places, list(faults))
            kept = pa.array(places)
            columns = {target: values.take(kept) for target, values in columns.items()}
        return TypedBatch(columns, places, {place: "; ".join(texts) for place, texts in sorted(faults.items())})

    def _read_of(self, target: str, kind: pa.DataType) -> Read | None:
        """Returns how a field is read from cells of a type; None where it cannot be."""
        of = field_kind(target)
        if of is FieldKind.FEATURE:
            return self._feature(target, kind)
        if of is FieldKind.CAMPAIGN:
            return self._candidates.read_ids if _is_text(kind) else None
        if of in self._lists:
            fits = _is_text(kind) or _is_list(kind) or pa.types.is_null(kind)
            return partial(self._lists[of], separator=self._columns.separators.get(target)) if fits else None
        fits = {
            FieldKind.ID: _is_text(kind) or _is_whole(kind),
            FieldKind.LABEL: _is_text(kind) or pa.types.is_integer(kind),
            FieldKind.STAGE: _is_text(kind) or pa.types.is_integer(kind),
            FieldKind.ZONE: _is_text(kind),
        }.get(of, _is_number(kind) or _is_text(kind))
        return self._plain(of, target) if fits or pa.types.is_null(kind) else None

    def _plain(self, of: FieldKind, target: str) -> Read:
        if of is FieldKind.ID:
            return partial(cells.ids, is_required=target == CUSTOMER)
        if of is FieldKind.LABEL:
            return cells.labels
        if of is FieldKind.STAGE:
            return cells.stages
        if of is FieldKind.ZONE:
            return cells.zones
        if of is FieldKind.SCORE:
            return partial(cells.scores, decimal=self._decimal)
        if target.startswith(FAVOURITE):
            return partial(cells.weights, decimal=self._decimal)
        return partial(cells.numbers, least=0.0, most=_MOST[target], decimal=self._decimal)

    def _feature(self, target: str, kind: pa.DataType) -> Read | None:
        declared, separator = self._declared_of(target), self._columns.separators.get(target)
        if declared is FeatureType.TEXTS or separator is not None or _is_list(kind):
            fits = declared in (None, FeatureType.TEXTS) and (_is_text(kind) or _is_list(kind))
            return partial(list_cells.feature_lists, separator=separator or FEATURE_SEPARATOR) if fits else None
        if pa.types.is_temporal(kind) and not pa.types.is_duration(kind):
            return cells.feature_texts if declared in (None, FeatureType.TEXT) else None
        if pa.types.is_boolean(kind):
            return cells.flags if declared in (None, FeatureType.FLAG) else None
        if _is_number(kind) or pa.types.is_null(kind):
            fits = declared in (None, FeatureType.NUMBER)
            return partial(cells.feature_numbers, decimal=self._decimal) if fits else None
        if not _is_text(kind):
            return None
        if declared is FeatureType.NUMBER:
            return partial(cells.feature_numbers, decimal=self._decimal)
        return cells.flags if declared is FeatureType.FLAG else cells.feature_texts

    def _declared_of(self, target: str) -> FeatureType | None:
        return self._declared.get(target.removeprefix(FEATURE)) if target.startswith(FEATURE) else None

    def _wanted(self, target: str) -> str:
        declared = self._declared_of(target)
        if declared is not None:
            return f"the portfolio declares {_KINDS[declared]}"
        return f"it must have {field_kind(target).value}"

    def _constant(self, target: str, text: str) -> pa.Array:
        declared = self._declared_of(target)
        value: object = text
        if target.startswith(FEATURE) and declared is None and target not in self._columns.separators:
            value = feature_of(text, self._decimal)
        if target in (CUSTOMER, CANDIDATES, CAMPAIGN):
            raise ColumnError(f"{target} cannot be the same for all rows")
        typed = pa.array([value])
        read = self._read_of(target, typed.type)
        one = read(typed) if read else None
        if one is None or len(one.bad):
            reason = one.reason.format(repr(text)) if one else self._wanted(target)
            raise ColumnError(f"{target}={text}: {reason}")
        return one.values


class Sniffed(NamedTuple):
    """What a column of texts seems to be."""

    kind: FeatureType
    stray: str = ""
    """A cell that is no number in a column that has mostly numbers: it is of texts for such, which is seldom meant."""


def sniffed_types(batch: pa.RecordBatch, columns: Columns, decimal: str) -> dict[str, Sniffed]:
    """Returns the types of the features of a file of texts, as its first rows have them.

    A column is of flags where all its cells are true or false, of numbers where all are numbers, else of texts.
    """
    types: dict[str, Sniffed] = {}
    for target, column in columns.columns.items():
        if not target.startswith(FEATURE):
            continue
        name = target.removeprefix(FEATURE)
        if target in columns.separators:
            types[name] = Sniffed(FeatureType.TEXTS)
            continue
        kinds = {cell: type(feature_of(cell, decimal)) for cell in set(batch.column(column).to_pylist()) if cell}
        found = set(kinds.values())
        if len(found) == 1:
            types[name] = Sniffed(_SNIFFED.get(found.pop(), FeatureType.TEXT))
            continue
        strays = [cell for cell, kind in kinds.items() if kind is not float]
        types[name] = Sniffed(FeatureType.TEXT, min(strays) if 2 * len(strays) < len(kinds) else "")
    return types


def _shown(cell: object) -> str:
    """Returns a cell as a reason shows it: of a long one the beginning, and of a long text its length too."""
    whole = repr(cell)
    if len(whole) <= _MOST_SHOWN:
        return whole
    beginning = f"{whole[:_MOST_SHOWN]} ..."
    return f"{beginning} ({len(cell):,} characters)" if isinstance(cell, str) else beginning


def _is_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        return _is_text(kind.value_type)
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _is_list(kind: pa.DataType) -> bool:
    """Returns whether a type is that of lists of texts."""
    return list_cells.is_list(kind) and _is_text(kind.value_type)


def _is_whole(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def _repeated(value: pa.Array, rows: int) -> pa.Array:
    return value.take(pa.array(np.zeros(rows, dtype=np.int64)))
