"""Context columns as the Arrow columns of the open log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from banditsvc.audience.arrow_columns import Alike, ArrowColumn, ByName, coded, coded_array, listed, mapped
from banditsvc.core.context import LifecycleStage
from banditsvc.core.context_columns import Coded, ContextColumns, FeatureColumn
from banditsvc.core.text_lists import TextLists

_STAGES = ["", *(stage.name for stage in LifecycleStage)]
_NOBODY = Alike(None)
_EMPTY = Alike([])
MOST_NAMES = 64
"""Features of a kind that have columns of their own."""


def context_arrow(columns: ContextColumns) -> dict[str, ArrowColumn]:
    """Returns the columns of contexts by name."""
    segment, stage = columns.segment, columns.lifecycle_stage
    found: dict[str, ArrowColumn] = {}
    for name in ("recency_days", "frequency", "monetary"):
        numbers = getattr(columns, name)
        found[name] = _NOBODY if numbers is None else _number_array(numbers)
    for name in ("r", "f", "m"):
        scores = getattr(columns, name)
        found[name] = _NOBODY if scores is None else pa.array(scores.astype(np.int8), mask=scores == 0)
    found["segment"] = _NOBODY if segment is None else coded(segment.codes, segment.names, pa.string())
    stages = None if stage is None else np.where(stage == 0, -1, stage)
    found["lifecycle_stage"] = _NOBODY if stages is None else coded(stages, _STAGES, pa.string())
    zones = columns.time_zone
    found["time_zone"] = _NOBODY if zones is None else coded(zones.codes, zones.names, pa.string())
    return found | _maps(columns)


def _maps(columns: ContextColumns) -> dict[str, ArrowColumn]:
    """Returns the favourites and the further features."""
    texts = {name: one for name, one in columns.features.items() if isinstance(one, Coded)}
    lists = {name: one for name, one in columns.features.items() if isinstance(one, TextLists)}
    plain = {name: one for name, one in columns.features.items() if not isinstance(one, Coded | TextLists)}
    flags = {name: one for name, one in plain.items() if one.dtype in (np.bool_, np.int8)}
    numbers = {name: one.astype(np.float64, copy=False) for name, one in plain.items() if name not in flags}
    weights = columns.favourites
    favourites = {} if weights is None else dict(zip(columns.favourite_names, weights.T, strict=True))
    return {
        "favourites": _map(favourites, {name: one != 0.0 for name, one in favourites.items()}),
        "number_features": ByName({name: _number_array(one) for name, one in numbers.items()})
        if _are_few(numbers)
        else _map(numbers, {name: ~np.isnan(one) for name, one in numbers.items()}),
        "flag_features": ByName({name: _flag_array(one) for name, one in flags.items()})
        if _are_few(flags)
        else _map({name: one > 0 for name, one in flags.items()}, {name: one >= 0 for name, one in flags.items()}),
        "text_features": ByName({name: coded_array(one.codes, one.names, pa.string()) for name, one in texts.items()})
        if _are_few(texts)
        else _text_map(texts),
        "list_features": _list_map(lists),
    }


def feature_arrays(features: Mapping[str, FeatureColumn]) -> dict[str, pa.Array]:
    """Returns the array of each further feature, null where it is not known."""
    return {name: _feature_array(column) for name, column in features.items()}


def _feature_array(column: FeatureColumn) -> pa.Array:
    if isinstance(column, Coded):
        return coded_array(column.codes, column.names, pa.string())
    if isinstance(column, TextLists):
        return _list_array(column)
    if column.dtype in (np.bool_, np.int8):
        return _flag_array(column)
    return _number_array(column.astype(np.float64, copy=False))


def _list_array(lists: TextLists) -> pa.ListArray:
    """Returns lists of texts, null where they are not known."""
    has = lists.codes >= 0
    texts = pa.array(lists.names, pa.string()).take(pa.array(lists.codes[has]))
    bounds = np.concatenate([[0], np.cumsum(np.count_nonzero(has, axis=1))]).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(bounds), texts, mask=pa.array(~lists.known))


def _number_array(numbers: NDArray[np.float64]) -> pa.Array:
    """Returns numbers of which NaN is null."""
    unknown = np.isnan(numbers)
    return pa.array(numbers, mask=unknown) if unknown.any() else pa.array(numbers)


def _flag_array(flags: NDArray[Any]) -> pa.Array:
    """Returns flags of which negative ones are null."""
    unknown = flags < 0
    return pa.array(flags > 0, mask=unknown) if unknown.any() else pa.array(flags > 0)


def _are_few(columns: Mapping[str, object]) -> bool:
    """Returns whether a file may have a column of each name."""
    return 0 < len(columns) <= MOST_NAMES


def _text_map(columns: dict[str, Coded]) -> ArrowColumn:
    """Returns a map of texts, all by one dictionary."""
    places: dict[str, int] = {}
    codes = {
        name: np.array([*[places.setdefault(text, len(places)) for text in one.names], -1])[one.codes]
        for name, one in columns.items()
    }
    known = {name: one >= 0 for name, one in codes.items()}
    return _map(codes, known, list(places))


def _list_map(columns: dict[str, TextLists]) -> ArrowColumn:
    """Returns a map of lists of texts."""
    if not columns:
        return _EMPTY
    names = [text for one in columns.values() for text in one.names]
    firsts = np.cumsum([0, *[len(one.names) for one in columns.values()]])
    codes = [
        np.where(one.codes < 0, -1, one.codes + first) for one, first in zip(columns.values(), firsts[:-1], strict=True)
    ]
    has = np.column_stack([one.known for one in columns.values()])
    lengths = np.column_stack([np.count_nonzero(one >= 0, axis=1) for one in codes])
    # Row after row, and of each the lists one after the other.
    members = np.concatenate(codes, axis=1)
    lists = listed(lengths[has], pa.array(names, pa.string()).take(pa.array(members[members >= 0])))
    return mapped(np.count_nonzero(has, axis=1), coded_array(np.nonzero(has)[1], list(columns), pa.string()), lists)


def _map(
    columns: dict[str, NDArray[Any]], known: dict[str, NDArray[np.bool_]], texts: list[str] | None = None
) -> ArrowColumn:
    """Returns a map of what is known in some columns, which are codes of texts where those are given."""
    if not columns:
        return _EMPTY
    has = np.column_stack(list(known.values()))
    values = np.column_stack(list(columns.values()))
    counts, keys = np.count_nonzero(has, axis=1), np.nonzero(has)[1]
    values = values.ravel() if len(keys) == values.size else values[has]
    return mapped(
        counts,
        coded_array(keys, list(columns), pa.string()),
        pa.array(values) if texts is None else coded_array(values, texts, pa.string()),
    )
