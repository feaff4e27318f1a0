"""Contexts of many customers as columns, from an object for each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.context import FeatureValue, LifecycleStage
from banditsvc.core.context_columns import Coded, ContextColumns, FeatureColumn
from banditsvc.core.text_lists import TextLists, text_lists


class KnownOfCustomer(Protocol):
    """What becomes columns: a CustomerContext, or whatever has the same."""

    @property
    def recency_days(self) -> float | None: ...
    @property
    def frequency(self) -> float | None: ...
    @property
    def monetary(self) -> float | None: ...
    @property
    def r(self) -> int | None: ...
    @property
    def f(self) -> int | None: ...
    @property
    def m(self) -> int | None: ...
    @property
    def segment(self) -> str | None: ...
    @property
    def lifecycle_stage(self) -> LifecycleStage | None: ...
    @property
    def favourites(self) -> Mapping[str, float]: ...
    @property
    def features(self) -> Mapping[str, FeatureValue]: ...


_NUMBERS = frozenset({float, int, type(None)})
_TEXTS = frozenset({str, bool, type(None)})
_LISTS = frozenset({tuple, type(None)})
_MOST_FAVOURITES = 256
"""Names of favourites for which there is room: each is a column."""


def columns_of_contexts(contexts: Sequence[KnownOfCustomer]) -> ContextColumns:
    """Returns the columns; flags become texts, which have the same features.

    A feature that is a list for some and something else for others is left out: columns have no room for it.
    """
    favourites = sorted(set().union(*[context.favourites for context in contexts]))
    place_of = {name: place for place, name in enumerate(favourites)}
    weights = np.zeros((len(contexts), len(favourites)))
    for row, context in enumerate(contexts):
        for name, weight in context.favourites.items():
            weights[row, place_of[name]] = weight
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


def has_room(contexts: Sequence[KnownOfCustomer]) -> bool:
    """Returns whether columns_of_contexts says all that the contexts say: their features are then those of the columns."""
    if any(0 in (context.r, context.f, context.m) or 0.0 in context.favourites.values() for context in contexts):
        return False
    if len(set().union(*[context.favourites for context in contexts])) > _MOST_FAVOURITES:
        return False
    return all(
        any(kinds <= fitting for fitting in (_NUMBERS, _TEXTS, _LISTS))
        for kinds in (set(map(type, values)) for _, values in _columns_of_features(contexts))
    )


def _columns_of_features(contexts: Sequence[KnownOfCustomer]) -> Iterable[tuple[str, list[FeatureValue | None]]]:
    for name in sorted(set().union(*[context.features for context in contexts])):
        yield name, [context.features.get(name) for context in contexts]


def _features(contexts: Sequence[KnownOfCustomer]) -> Iterable[tuple[str, FeatureColumn]]:
    for name, values in _columns_of_features(contexts):
        kinds = set(map(type, values))
        if kinds <= _NUMBERS:
            yield name, np.array(values, dtype=np.float64)
        elif kinds <= _LISTS:
            yield name, _lists(values)
        elif not kinds & {tuple, list}:
            yield name, _coded(values if kinds <= {str, type(None)} else [_text(value) for value in values])


def _text(value: FeatureValue | None) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return str(value).lower() if isinstance(value, bool) else str(value)


def _lists(values: Sequence[FeatureValue | None]) -> TextLists:
    known = [value if isinstance(value, tuple) else None for value in values]
    places: dict[str, int] = {}
    members = [places.setdefault(text, len(places)) for texts in known if texts for text in texts]
    counts = np.array([-1 if texts is None else len(texts) for texts in known], dtype=np.int64)
    return text_lists(counts, np.array(members, dtype=np.int64), list(places))


def _numbers(values: list[float | None]) -> NDArray[np.float64]:
    # None becomes NaN.
    return np.array(values, dtype=np.float64)


def _scores(values: Sequence[int | None]) -> NDArray[np.int64] | None:
    known = np.array([value or 0 for value in values], dtype=np.int64)
    return known if known.any() else None


def _coded(values: Sequence[FeatureValue | None]) -> Coded:
    names = sorted({value for value in values if isinstance(value, str)})
    place: dict[FeatureValue | None, int] = {name: number for number, name in enumerate(names)}
    place[None] = -1
    return Coded(np.array([place[value] for value in values], dtype=np.int64), tuple(names))
