"""The column encoder: many contexts at once, each encoded bit for bit as Encoder.context encodes it alone.

Of each part of the contexts the distinct values are found, and each of these is named by the encoder. So there is one
implementation of names, and it is asked once for each value instead of once for each row.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from functools import partial
from itertools import product

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.bins import logarithmic_bins, number_of_logarithmic_bin
from banditsvc.core.column_codes import bin_codes, distinct_codes
from banditsvc.core.context import CustomerContext, FeatureValue, LifecycleStage
from banditsvc.core.context_columns import Coded, ContextColumns, FeatureColumn
from banditsvc.core.encoded_batch import EncodedBatch
from banditsvc.core.features import Encoder, Group, base_name, cross
from banditsvc.core.slots import BatchMaker, Names, Slot
from banditsvc.core.text_lists import TextLists

_MOST_TABLES = 1 << 12
"""Tables of names kept; beyond them the cache starts afresh, as names come from callers."""
_FEW_TEXTS = 64
"""Up to so many texts of a column are named whether they occur or not: so one day's names are those of the next."""
_NUMBERS = {"recency": "recency_days", "frequency": "frequency", "monetary": "monetary"}
"""Fields by their parts."""
_SCORES = ("r", "f", "m")

_Part = list[Slot]


class ColumnEncoder:
    """Encodes columns by one encoder. Pure but for a cache of names, which changes no result."""

    __slots__ = ("_batches", "_edges", "_tables", "encoder")

    def __init__(self, encoder: Encoder) -> None:
        self.encoder = encoder
        spec = encoder.spec
        self._edges = {
            "recency": np.array(spec.recency_edges, dtype=np.float64),
            "frequency": np.array(spec.frequency_edges, dtype=np.float64),
            "monetary": np.array(spec.monetary_edges, dtype=np.float64),
        } | {f"features.{name}": np.array(edges, dtype=np.float64) for name, edges in spec.number_edges.items()}
        self._tables: dict[Hashable, Names] = {}
        self._batches = BatchMaker()

    def encode(
        self, columns: ContextColumns, channel: str = "", placement: str = "", send_time_us: int = 0
    ) -> EncodedBatch:
        """Returns the features of all rows; channel, placement and send time are those of the request, as for one."""
        if len(self._tables) > _MOST_TABLES:
            self._tables.clear()
        parts = self._built_in(columns)
        for name, column in columns.features.items():
            parts[base_name(name)] = self._further(name, column)
        self._add_constants(
            parts, columns.rows, self.encoder.groups(CustomerContext(), channel, placement, send_time_us)
        )
        for first, second in self.encoder.crosses:
            parts[f"{first}*{second}"] = [self._crossed(a, b) for a, b in product(parts[first], parts[second])]
        return self._batches.batch([slot for part in parts.values() for slot in part], columns.rows)

    def _built_in(self, columns: ContextColumns) -> dict[str, _Part]:
        parts: dict[str, _Part] = {}
        for key, field in _NUMBERS.items():
            numbers = getattr(columns, field)
            if numbers is not None:
                parts[key] = self._binned(key, self._edges[key], numbers, partial(_context, field))
        for key in _SCORES:
            scores = getattr(columns, key)
            if scores is not None:
                parts[key] = self._whole(key, scores, partial(_scored, key))
        if columns.segment is not None:
            parts["segment"] = self._coded("segment", columns.segment, partial(_context, "segment"))
        if columns.lifecycle_stage is not None:
            parts["lifecycle_stage"] = self._whole("lifecycle_stage", columns.lifecycle_stage, _staged)
        if columns.favourites is not None:
            parts["favourites"] = self._favourites(columns.favourite_names, columns.favourites)
        return parts

    def _add_constants(self, parts: dict[str, _Part], rows: int, groups: Mapping[str, Group]) -> None:
        """Adds the parts that are the same for all rows: what is unknown of all, channel, placement and the calendar."""
        crossed = {f"{first}*{second}" for first, second in self.encoder.crosses}
        nowhere = np.zeros(rows, dtype=np.intp)
        for key, group in groups.items():
            if key not in parts and key not in crossed:
                parts[key] = [
                    Slot((name,), nowhere) if value == 1.0 else Slot((name,), nowhere, np.full(rows, value))
                    for name, value in group
                    if value
                ]

    def _names(self, key: str, tag: Hashable, contexts: Callable[[], Iterable[CustomerContext]]) -> Names:
        """Returns the names that a part has in some contexts, None where it has none; they are made once."""
        found = self._tables.get((key, tag))
        if found is None:
            groups = [self.encoder.groups(context, "", "").get(key) for context in contexts()]
            found = self._tables[key, tag] = tuple([group[0][0] if group else None for group in groups])
        return found

    def _binned(
        self,
        key: str,
        edges: NDArray[np.float64],
        column: NDArray[np.float64],
        context_of: Callable[[float], CustomerContext],
    ) -> _Part:
        def contexts() -> Iterable[CustomerContext]:
            # Some number of each bin.
            inside = [np.nextafter(edges[0], -np.inf), *edges] if len(edges) else [0.0]
            return [*[context_of(float(x)) for x in inside], CustomerContext()]

        return [Slot(self._names(key, "bins", contexts), bin_codes(edges, column))]

    def _whole(self, key: str, column: NDArray[np.int64], context_of: Callable[[int], CustomerContext]) -> _Part:
        distinct, codes = distinct_codes(column)
        names = self._names(key, ("whole", *distinct), lambda: [context_of(x) for x in distinct])
        return [Slot(names, codes)]

    def _coded(self, key: str, column: Coded, context_of: Callable[[str], CustomerContext]) -> _Part:
        texts, codes = _met(column.names, column.codes)
        names = self._names(key, ("texts", *texts), lambda: [*[context_of(text) for text in texts], CustomerContext()])
        return [Slot(names, codes)]

    def _lists(self, key: str, column: TextLists, context_of: Callable[[tuple[str, ...]], CustomerContext]) -> _Part:
        texts, codes = _met(column.names, column.codes)
        names = self._names(
            key,
            ("lists", *texts),
            lambda: [*[context_of((text,)) for text in texts], context_of(()), CustomerContext()],
        )
        first = codes[:, 0] if codes.shape[1] else np.full(len(column), -1, dtype=np.int64)
        first = np.where((first < 0) & column.known, len(texts), first)
        # That nothing is known is said once.
        others = (*names[:-1], None)
        return [Slot(names, first), *[Slot(others, codes[:, place]) for place in range(1, codes.shape[1])]]

    def _further(self, name: str, column: FeatureColumn) -> _Part:
        key, context_of = base_name(name), partial(_featured, name)
        if isinstance(column, Coded):
            return self._coded(key, column, context_of)
        if isinstance(column, TextLists):
            return self._lists(key, column, context_of)
        if column.dtype == np.int8:
            of_flags = lambda: [context_of(False), context_of(True), CustomerContext()]  # noqa: E731
            return [Slot(self._names(key, "known flags", of_flags), column.astype(np.intp))]
        if column.dtype == np.bool_:
            names = self._names(key, "flags", lambda: [context_of(False), context_of(True)])
            return [Slot(names, column.astype(np.intp))]
        numbers = column.astype(np.float64, copy=False)
        edges = self._edges.get(f"features.{name}")
        if edges is not None:
            return self._binned(key, edges, numbers, context_of)
        unknown = np.isnan(numbers)
        distinct, codes = distinct_codes(np.where(unknown, 0, logarithmic_bins(numbers)))
        codes[unknown] = -1
        names = self._names(
            key,
            ("logarithmic", *distinct),
            lambda: [*[context_of(number_of_logarithmic_bin(one)) for one in distinct], CustomerContext()],
        )
        return [Slot(names, codes)]

    def _favourites(self, categories: tuple[str, ...], weights: NDArray[np.float64]) -> _Part:
        # In the order in which the encoder adds up two that have become one.
        order = sorted(range(len(categories)), key=categories.__getitem__)
        names = self._names(
            "favourites",
            ("categories", *categories),
            lambda: [CustomerContext(), *[CustomerContext(favourites={categories[place]: 1.0}) for place in order]],
        )
        summed: dict[str | None, NDArray[np.float64]] = {}
        has_some = np.zeros(len(weights), dtype=np.bool_)
        for name, place in zip(names[1:], order, strict=True):
            weight = np.ascontiguousarray(weights[:, place])
            has_some |= weight != 0.0
            summed[name] = summed[name] + weight if name in summed else weight
        slots = [Slot((name, None), (weight == 0.0).astype(np.intp), weight) for name, weight in summed.items()]
        slots.append(Slot((names[0], None), has_some.astype(np.intp)))
        return slots

    def _crossed(self, first: Slot, second: Slot) -> Slot:
        width, known = len(second.names), ("*", first.names, second.names)
        codes = (first.codes % len(first.names)) * width + second.codes % width
        names = self._tables.get(known)
        if names is None:
            pairs = product(first.names, second.names)
            crosses = [None if a is None or b is None else cross([(a, 1.0)], [(b, 1.0)])[0][0] for a, b in pairs]
            names = self._tables[known] = (*crosses, None)
        if first.values is None and second.values is None:
            return Slot(names, codes)
        values = _times(first.values, second.values)
        # The last name stands for no feature: those of value 0 are left out.
        return Slot(names, np.where(values == 0.0, -1, codes), values)


def _met(texts: tuple[str, ...], codes: NDArray[np.int64]) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """Returns the texts to name, and the codes by these: of many texts only those that occur."""
    if len(texts) <= _FEW_TEXTS:
        return texts, codes
    used, found = np.unique(codes, return_inverse=True)
    # What is unknown comes first, and is to be the last.
    found = found.reshape(codes.shape) - int(used[:1].min(initial=0) < 0)
    return tuple([texts[place] for place in used.tolist() if place >= 0]), found


def _context(field: str, value: object) -> CustomerContext:
    return CustomerContext(**{field: value})  # type: ignore[arg-type]  # the field's own


def _scored(field: str, score: int) -> CustomerContext:
    return _context(field, score or None)


def _staged(stage: int) -> CustomerContext:
    return CustomerContext(lifecycle_stage=LifecycleStage(stage) if stage else None)


def _featured(name: str, value: FeatureValue) -> CustomerContext:
    return CustomerContext(features={name: value})


def _times(first: NDArray[np.float64] | None, second: NDArray[np.float64] | None) -> NDArray[np.float64]:
    if first is None or second is None:
        values = second if first is None else first
        assert values is not None
        return values
    return first * second
