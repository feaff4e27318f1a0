"""Contexts of a day's customers as the contract has them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from banditsvc.core.context_columns import ContextColumns, feature_at
from banditsvc.rpc.wire_features import write_feature
from banditsvc.v1.context_pb2 import CustomerContext, FeatureValue

Fields = dict[str, Any]


def context_messages(columns: ContextColumns) -> list[CustomerContext]:
    """Returns a message for each customer; what is not known of one is unset, and every number is the same double."""
    rows: list[Fields] = [{} for _ in range(len(columns))]
    for name in ("recency_days", "frequency", "monetary", "segment"):
        column = getattr(columns, name)
        if column is not None:
            _put(rows, name, [feature_at(column, row) for row in range(len(columns))])
    for name in ("r", "f", "m", "lifecycle_stage"):
        numbers = getattr(columns, name)
        if numbers is not None:
            # 0 is not known.
            _put(rows, name, (number or None for number in numbers.tolist()))
    if columns.favourites is not None:
        _put(rows, "favourites", _favourites(columns.favourite_names, columns.favourites.tolist()))
    if columns.features:
        _put(rows, "features", _features(columns))
    return [CustomerContext(**row) for row in rows]


def _put(rows: list[Fields], name: str, values: Iterable[object]) -> None:
    for row, value in zip(rows, values, strict=True):
        if value is not None:
            row[name] = value


def _favourites(names: tuple[str, ...], rows: list[list[float]]) -> Iterator[dict[str, float]]:
    for weights in rows:
        yield {name: weight for name, weight in zip(names, weights, strict=True) if weight}


def _features(columns: ContextColumns) -> Iterator[dict[str, FeatureValue]]:
    rows = range(columns.rows)
    named = [[(name, feature_at(column, row)) for row in rows] for name, column in columns.features.items()]
    for pairs in zip(*named, strict=True):
        yield {name: write_feature(value) for name, value in pairs if value is not None}
