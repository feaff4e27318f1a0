"""Contexts of many customers as columns, from an object for each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.context import CustomerContext, FeatureValue
from banditsvc.core.context_columns import Coded, ContextColumns, FeatureColumn


def columns_of_contexts(contexts: Sequence[CustomerContext]) -> ContextColumns:
    """Returns the columns; flags become texts, which may be unknown and have the same features.

    Features that are lists are left out: columns have no room for them.
    """
    favourites = sorted({name for context in contexts for name in context.favourites})
    weights = np.array([[context.favourites.get(name, 0.0) for name in favourites] for context in contexts])
    return ContextColumns(
        rows=len(contexts),
        recency_days=_numbers([context.recency_days for context in contexts]),
        frequency=_numbers([context.frequency for context in contexts]),
        monetary=_numbers([context.monetary for context in contexts]),
        r=_scores([context.r for context in contexts]),
        f=_scores([context.f for context in contexts]),
        m=_scores([context.m for context in contexts]),
        segment=_coded([context.segment for context in contexts]),
        lifecycle_stage=_scores([context.lifecycle_stage for context in contexts]),
        favourite_names=tuple(favourites),
        favourites=weights if favourites else None,
        features=dict(_features(contexts)),
    )


def _features(contexts: Sequence[CustomerContext]) -> Iterable[tuple[str, FeatureColumn]]:
    for name in sorted({name for context in contexts for name in context.features}):
        values = [context.features.get(name) for context in contexts]
        known = [value for value in values if value is not None]
        if not any(isinstance(value, tuple | list) for value in known):
            yield name, _feature(values, is_number=all(type(value) in {int, float} for value in known))


def _feature(values: list[FeatureValue | None], *, is_number: bool) -> FeatureColumn:
    if is_number:
        return _numbers([None if value is None else float(str(value)) for value in values])
    return _coded([_text(value) for value in values])


def _text(value: FeatureValue | None) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return str(value).lower() if isinstance(value, bool) else str(value)


def _numbers(values: list[float | None]) -> NDArray[np.float64]:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def _scores(values: Sequence[int | None]) -> NDArray[np.int64] | None:
    known = np.array([value or 0 for value in values], dtype=np.int64)
    return known if known.any() else None


def _coded(values: list[str | None]) -> Coded:
    names = sorted({value for value in values if value is not None})
    place = {name: number for number, name in enumerate(names)}
    return Coded(np.array([-1 if value is None else place[value] for value in values], dtype=np.int64), tuple(names))
