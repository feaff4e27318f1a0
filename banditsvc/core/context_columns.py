"""Context columns: the contexts of many customers, a column for each part instead of an object for each customer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.context import CustomerContext, FeatureValue, LifecycleStage
from banditsvc.core.text_lists import TextLists


@dataclass(frozen=True, slots=True, eq=False)
class Coded:
    """A column of texts, each by its place among the names; -1 where it is not known."""

    codes: NDArray[np.int64]
    names: tuple[str, ...]

    def text(self, row: int) -> str | None:
        """Returns the text of a row, None where it is not known."""
        code = int(self.codes[row])
        return None if code < 0 else self.names[code]


FeatureColumn = NDArray[np.float64] | NDArray[np.bool_] | NDArray[np.int8] | Coded | TextLists
"""Numbers (NaN: not known), flags, flags of which some are not known (1, 0, -1: not known), texts, or lists of texts."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ContextColumns:
    """The contexts of `rows` customers. A part whose column is None is not known of any of them."""

    rows: int
    recency_days: NDArray[np.float64] | None = None
    """NaN where it is not known; likewise frequency and monetary."""
    frequency: NDArray[np.float64] | None = None
    monetary: NDArray[np.float64] | None = None
    r: NDArray[np.int64] | None = None
    """0 where it is not known; likewise f and m."""
    f: NDArray[np.int64] | None = None
    m: NDArray[np.int64] | None = None
    segment: Coded | None = None
    lifecycle_stage: NDArray[np.int64] | None = None
    """Numbers of LifecycleStage; 0 where it is not known."""
    favourite_names: tuple[str, ...] = ()
    favourites: NDArray[np.float64] | None = None
    """Weight of each favourite name, shape (rows, names); 0 where it is none."""
    features: Mapping[str, FeatureColumn] = field(default_factory=dict)
    time_zone: Coded | None = None

    def __len__(self) -> int:
        """Returns the number of rows."""
        return self.rows

    def take(self, places: NDArray[np.intp]) -> ContextColumns:
        """Returns the contexts at some places, in that order."""
        return ContextColumns(
            rows=len(places),
            recency_days=column_rows(self.recency_days, places),
            frequency=column_rows(self.frequency, places),
            monetary=column_rows(self.monetary, places),
            r=column_rows(self.r, places),
            f=column_rows(self.f, places),
            m=column_rows(self.m, places),
            segment=column_rows(self.segment, places),
            lifecycle_stage=column_rows(self.lifecycle_stage, places),
            favourite_names=self.favourite_names,
            favourites=column_rows(self.favourites, places),
            features={name: column_rows(column, places) for name, column in self.features.items()},
            time_zone=column_rows(self.time_zone, places),
        )

    def part(self, span: slice) -> ContextColumns:
        """Returns the contexts of rows that stand together, in views."""
        start, stop, _ = span.indices(self.rows)
        return replace(
            self,
            rows=max(0, stop - start),
            features={name: column_rows(column, span) for name, column in self.features.items()},
            **{name: column_rows(getattr(self, name), span) for name in _COLUMNS},
        )

    def context(self, row: int) -> CustomerContext:
        """Returns the context of one customer."""
        stage = 0 if self.lifecycle_stage is None else int(self.lifecycle_stage[row])
        return CustomerContext(
            recency_days=_number(self.recency_days, row),
            frequency=_number(self.frequency, row),
            monetary=_number(self.monetary, row),
            r=_score(self.r, row),
            f=_score(self.f, row),
            m=_score(self.m, row),
            segment=None if self.segment is None else self.segment.text(row),
            lifecycle_stage=LifecycleStage(stage) if stage else None,
            favourites=self._favourites(row),
            features=self._features(row),
            time_zone=None if self.time_zone is None else self.time_zone.text(row),
        )

    def _favourites(self, row: int) -> dict[str, float]:
        if self.favourites is None:
            return {}
        weights = self.favourites[row].tolist()
        return {name: weight for name, weight in zip(self.favourite_names, weights, strict=True) if weight}

    def _features(self, row: int) -> dict[str, FeatureValue]:
        found: dict[str, FeatureValue] = {}
        for name, column in self.features.items():
            value = feature_at(column, row)
            if value is not None:
                found[name] = value
        return found


def feature_at(column: FeatureColumn, row: int) -> FeatureValue | None:
    """Returns a feature of one customer, None where it is not known."""
    if isinstance(column, Coded):
        return column.text(row)
    if isinstance(column, TextLists):
        return column.texts(row)
    if column.dtype == np.int8:
        return None if column[row] < 0 else bool(column[row])
    value: float | bool = column[row].item()
    # NaN is not equal to itself.
    return value if value == value else None  # noqa: PLR0124


def joined_columns(parts: Sequence[ContextColumns]) -> ContextColumns:
    """Returns the contexts of several parts as one, in their order; at least one, all with the same parts and names."""
    if len(parts) == 1:
        return parts[0]
    columns = {
        name: _joined([getattr(part, name) for part in parts])
        for name in _COLUMNS
        if getattr(parts[0], name) is not None
    }
    return ContextColumns(
        rows=sum([part.rows for part in parts]),
        favourite_names=parts[0].favourite_names,
        features={name: _joined([part.features[name] for part in parts]) for name in parts[0].features},
        **columns,
    )


_COLUMNS = (
    "recency_days",
    "frequency",
    "monetary",
    "r",
    "f",
    "m",
    "segment",
    "lifecycle_stage",
    "favourites",
    "time_zone",
)


def _joined(columns: Sequence[Any]) -> Any:
    """Returns the rows of several columns of one kind."""
    if isinstance(columns[0], Coded):
        return Coded(np.concatenate([column.codes for column in columns]), columns[0].names)
    if isinstance(columns[0], TextLists):
        most = max(column.codes.shape[1] for column in columns)
        codes = [np.pad(one.codes, ((0, 0), (0, most - one.codes.shape[1])), constant_values=-1) for one in columns]
        return TextLists(np.concatenate(codes), columns[0].names, np.concatenate([one.known for one in columns]))
    return np.concatenate(columns)


def column_rows(column: Any, places: NDArray[np.intp] | slice) -> Any:
    """Returns some rows of a column of any kind."""
    if column is None:
        return None
    if isinstance(column, Coded):
        return Coded(column.codes[places], column.names)
    return column.take(places) if isinstance(column, TextLists) else column[places]


def _number(column: NDArray[np.float64] | None, row: int) -> float | None:
    if column is None or np.isnan(column[row]):
        return None
    return float(column[row])


def _score(column: NDArray[np.int64] | None, row: int) -> int | None:
    return None if column is None or column[row] == 0 else int(column[row])
