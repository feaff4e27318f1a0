"""Contexts of many customers as columns, from an object for each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol, cast

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
_FLAGS: Mapping[object, str] = {True: "true", False: "false"}
_MOST_FAVOURITES = 256
"""Names of favourites for which there is room: each is a column."""


def columns_of_contexts(contexts: Sequence[KnownOfCustomer]) -> ContextColumns:
    """Returns the columns; flags become texts, which have the same features.

    A feature that is a list for some and something else for others is left out: columns have no room for it.
    """
    return _columns(contexts, _favourites(contexts), _values(contexts))


def columns_that_say_all(contexts: Sequence[KnownOfCustomer]) -> ContextColumns | None:
    """Returns the columns if they say all that the contexts say, so that their features are those of the contexts."""
    favourites, values = _favourites(contexts), _values(contexts)
    if any(0 in (context.r, context.f, context.m) or 0.0 in context.favourites.values() for context in contexts):
        return None
    if len(favourites) > _MOST_FAVOURITES:
        return None
    kinds = [set(map(type, some)) for some in values.values()]
    if not all(any(one <= fitting for fitting in (_NUMBERS, _TEXTS, _LISTS)) for one in kinds):
        return None
    return _columns(contexts, favourites, values)


def _favourites(contexts: Sequence[KnownOfCustomer]) -> list[str]:
    return sorted(set().union(*[context.favourites for context in contexts]))


def _values(contexts: Sequence[KnownOfCustomer]) -> dict[str, list[FeatureValue | None]]:
    """Returns the value of each further feature for each context."""
    every = [context.features for context in contexts]
    return {name: [features.get(name) for features in every] for name in sorted(set().union(*every))}


def _columns(
    contexts: Sequence[KnownOfCustomer], favourites: list[str], values: Mapping[str, list[FeatureValue | None]]
) -> ContextColumns:
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
        features=dict(_features(values)),
    )


def _features(values: Mapping[str, list[FeatureValue | None]]) -> Iterable[tuple[str, FeatureColumn]]:
    for name, some in values.items():
        kinds = set(map(type, some))
        if kinds <= _NUMBERS:
            yield name, np.array(some, dtype=np.float64)
        elif kinds <= _LISTS:
            yield name, _lists(some)
        elif kinds <= _TEXTS:
            texts = cast("list[str | None]", some)
            # Numbers, which may be equal to flags, are not among them.
            yield name, _coded([_FLAGS.get(text, text) for text in texts] if bool in kinds else texts)
        elif not kinds & {tuple, list}:
            yield name, _coded([_text(value) for value in some])


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


def _coded(values: Sequence[str | None]) -> Coded:
    names = sorted([value for value in set(values) if value is not None])
    place: dict[str | None, int] = {name: number for number, name in enumerate(names)}
    place[None] = -1
    return Coded(np.array([place[value] for value in values], dtype=np.int64), tuple(names))
