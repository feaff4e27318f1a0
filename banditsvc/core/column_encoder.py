"""The column encoder: many contexts at once, each encoded bit for bit as Encoder.context encodes it alone.

Of each part of the contexts the distinct values are found, and each of these is named by the encoder. So there is one
implementation of names, and it is asked once for each value instead of once for each row.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from functools import partial
from itertools import product

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.bins import logarithmic_bins
from banditsvc.core.column_codes import bin_codes, distinct_codes
from banditsvc.core.context import CustomerContext, FeatureValue, LifecycleStage
from banditsvc.core.context_columns import Coded, ContextColumns, FeatureColumn
from banditsvc.core.encoded_batch import EncodedBatch
from banditsvc.core.features import Encoder, base_name, cross
from banditsvc.core.slots import BatchMaker, Names, Slot

_MOST_NAMES = 1 << 16
"""Names kept; beyond them the cache starts afresh, as names come from callers."""
_FEW_NAMES = 64
"""Up to so many names of a column are made whether they occur or not: so one day's names are those of the next."""

_Part = list[Slot]


class ColumnEncoder:
    """Encodes columns by one encoder. Pure but for a cache of names, which changes no result."""

    __slots__ = ("_batches", "_crossed_names", "_edges", "_names", "encoder")

    def __init__(self, encoder: Encoder) -> None:
        self.encoder = encoder
        spec = encoder.spec
        self._edges = {name: np.array(edges, dtype=np.float64) for name, edges in spec.number_edges.items()}
        self._names: dict[Hashable, str | None] = {}
        self._crossed_names: dict[tuple[Names, Names], Names] = {}
        self._batches = BatchMaker()

    def encode(self, columns: ContextColumns, channel: str = "", placement: str = "") -> EncodedBatch:
        """Returns the features of all rows; channel and placement are those of the request, empty if not given."""
        if len(self._names) > _MOST_NAMES:
            self._names.clear()
            self._crossed_names.clear()
        spec, rows = self.encoder.spec, columns.rows
        parts: dict[str, _Part] = {
            "recency": self._rfm("recency", "recency_days", columns.recency_days, spec.recency_edges, rows),
            "frequency": self._rfm("frequency", "frequency", columns.frequency, spec.frequency_edges, rows),
            "monetary": self._rfm("monetary", "monetary", columns.monetary, spec.monetary_edges, rows),
            "r": self._score("r", columns.r, rows),
            "f": self._score("f", columns.f, rows),
            "m": self._score("m", columns.m, rows),
            "segment": self._segment(columns.segment, rows),
            "lifecycle_stage": self._stage(columns.lifecycle_stage, rows),
            "favourites": self._favourites(columns),
        }
        for name, column in columns.features.items():
            parts[base_name(name)] = self._further(name, column)
        nothing = CustomerContext()
        for key in self.encoder.groups(nothing, channel, placement):
            if key not in parts and key not in self._cross_keys():
                parts[key] = self._constant(key, nothing, rows, channel, placement)
        for first, second in self.encoder.crosses:
            parts[f"{first}*{second}"] = self._crossed(parts[first], parts[second])
        return self._batches.batch([slot for part in parts.values() for slot in part], rows)

    def _cross_keys(self) -> set[str]:
        return {f"{first}*{second}" for first, second in self.encoder.crosses}

    def _name(self, key: str, value: Hashable, context: Callable[[], CustomerContext]) -> str | None:
        """Returns the name of the feature that a part of a context has, None where it has none."""
        known = (key, value)
        if known not in self._names:
            group = self.encoder.groups(context(), "", "").get(key)
            self._names[known] = group[0][0] if group else None
        return self._names[known]

    def _unknown(self, key: str) -> str | None:
        return self._name(key, None, CustomerContext)

    def _constant(self, key: str, context: CustomerContext, rows: int, channel: str = "", placement: str = "") -> _Part:
        ((name, _),) = self.encoder.groups(context, channel, placement)[key]
        return [Slot((name,), np.zeros(rows, dtype=np.intp))]

    def _rfm(
        self, key: str, field: str, column: NDArray[np.float64] | None, edges: Sequence[float], rows: int
    ) -> _Part:
        if column is None:
            return self._constant(key, CustomerContext(), rows)
        return self._binned(key, column, np.array(edges), lambda x: CustomerContext(**{field: x}))  # type: ignore[arg-type]

    def _binned(
        self,
        key: str,
        column: NDArray[np.float64],
        edges: NDArray[np.float64],
        context_of: Callable[[float], CustomerContext],
    ) -> _Part:
        # Some number of each bin.
        inside = [np.nextafter(edges[0], -np.inf), *edges] if len(edges) else [0.0]
        names = [self._name(key, ("number", float(x)), partial(context_of, float(x))) for x in inside]
        return [Slot((*names, self._unknown(key)), bin_codes(edges, column))]

    def _score(self, key: str, column: NDArray[np.int64] | None, rows: int) -> _Part:
        if column is None:
            return self._constant(key, CustomerContext(), rows)
        return self._whole(key, column, lambda x: CustomerContext(**{key: x or None}))  # type: ignore[arg-type]

    def _stage(self, column: NDArray[np.int64] | None, rows: int) -> _Part:
        key = "lifecycle_stage"
        if column is None:
            return self._constant(key, CustomerContext(), rows)
        return self._whole(key, column, lambda x: CustomerContext(lifecycle_stage=LifecycleStage(x) if x else None))

    def _whole(self, key: str, column: NDArray[np.int64], context_of: Callable[[int], CustomerContext]) -> _Part:
        distinct, codes = distinct_codes(column)
        return [Slot(tuple([self._name(key, x, partial(context_of, x)) for x in distinct]), codes)]

    def _segment(self, column: Coded | None, rows: int) -> _Part:
        if column is None:
            return self._constant("segment", CustomerContext(), rows)
        return self._coded("segment", column, lambda text: CustomerContext(segment=text))

    def _coded(self, key: str, column: Coded, context_of: Callable[[str], CustomerContext]) -> _Part:
        used = np.ones(len(column.names) + 1, dtype=np.bool_)
        if len(column.names) > _FEW_NAMES:
            used[:] = False
            used[column.codes] = True
        names = [
            self._name(key, ("text", text), partial(context_of, text)) if is_used else None
            for text, is_used in zip(column.names, used.tolist(), strict=False)
        ]
        return [Slot((*names, self._unknown(key)), column.codes)]

    def _further(self, name: str, column: FeatureColumn) -> _Part:
        key = base_name(name)

        def context_of(value: FeatureValue) -> CustomerContext:
            return CustomerContext(features={name: value})

        if isinstance(column, Coded):
            return self._coded(key, column, context_of)
        if column.dtype == np.bool_:
            names = [self._name(key, ("flag", flag), partial(context_of, flag)) for flag in (False, True)]
            return [Slot(tuple(names), column.astype(np.intp))]
        return self._number(name, column.astype(np.float64), context_of)

    def _number(self, name: str, column: NDArray[np.float64], context_of: Callable[[float], CustomerContext]) -> _Part:
        key = base_name(name)
        if name in self._edges:
            return self._binned(key, column, self._edges[name], context_of)
        unknown = np.isnan(column)
        distinct, codes = distinct_codes(np.where(unknown, 0, logarithmic_bins(column)))
        # Some number of each bin that occurs.
        some = np.full(len(distinct) + 1, np.nan)
        codes[unknown] = -1
        some[codes] = column
        names = [
            None if np.isnan(x) else self._name(key, ("bin", one), partial(context_of, x))
            for one, x in zip(distinct, some.tolist(), strict=False)
        ]
        return [Slot((*names, self._unknown(key)), codes)]

    def _favourites(self, columns: ContextColumns) -> _Part:
        weights = columns.favourites
        if weights is None:
            return self._constant("favourites", CustomerContext(), columns.rows)
        summed: dict[str | None, NDArray[np.float64]] = {}
        has_some = np.zeros(columns.rows, dtype=np.bool_)
        # In the order in which the encoder adds up two that have become one.
        for category, column in sorted(zip(columns.favourite_names, weights.T, strict=True), key=lambda one: one[0]):
            weight = np.ascontiguousarray(column)
            has_some |= weight != 0.0
            name = self._name("favourites", category, partial(_favouring, category))
            summed[name] = summed[name] + weight if name in summed else weight
        slots = [Slot((name, None), (weight == 0.0).astype(np.intp), weight) for name, weight in summed.items()]
        slots.append(Slot((self._unknown("favourites"), None), has_some.astype(np.intp)))
        return slots

    def _crossed(self, first: _Part, second: _Part) -> _Part:
        return [self._crossed_slot(a, b) for a, b in product(first, second)]

    def _crossed_slot(self, first: Slot, second: Slot) -> Slot:
        width = len(second.names)
        codes = (first.codes % len(first.names)) * width + second.codes % width
        names = self._crossed_names.get((first.names, second.names))
        if names is None:
            pairs = product(first.names, second.names)
            names = (*[None if a is None or b is None else cross([(a, 1.0)], [(b, 1.0)])[0][0] for a, b in pairs], None)
            self._crossed_names[first.names, second.names] = names
        if first.values is None and second.values is None:
            return Slot(names, codes)
        values = _times(first.values, second.values)
        # The last name stands for no feature: those of value 0 are left out.
        return Slot(names, np.where(values == 0.0, -1, codes), values)


def _favouring(category: str) -> CustomerContext:
    return CustomerContext(favourites={category: 1.0})


def _times(first: NDArray[np.float64] | None, second: NDArray[np.float64] | None) -> NDArray[np.float64]:
    if first is None or second is None:
        values = second if first is None else first
        assert values is not None
        return values
    return first * second
