"""Parts of contexts as a world has them: a segment, and features with a few values each."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulators.fit.fit_rows import PartColumn

BINS = 5
"""Of a number with more distinct values than that."""
MOST_VALUES = 12
"""Of a text; the rarer ones are `other`."""
LEAST_SHARE = 0.01
"""Of the rows that a value must have so as not to be `other`."""
UNKNOWN, OTHER = "unknown", "other"
_NO_FAVOURITE = "none"
_MOST_PATTERNS = 3
"""Favourite names of which every combination is a value; of more, the favourite with the greatest weight is."""


def parts_of(frame: pd.DataFrame) -> dict[str, PartColumn]:
    """Returns the parts of contexts by the names that odds have for them, sorted, without those that are the same throughout.

    Args:
        frame: A row for each context. Columns are fields of CustomerContext, favourites.NAME with weights, and
            features.NAME; numbers are binned, missing values are a value of their own.
    """
    favourites = [name for name in frame.columns if str(name).startswith("favourites.")]
    found = {}
    for name in frame.columns:
        if name not in favourites:
            found[_part_name(str(name))] = _part(frame[name])
    if favourites:
        found["features.favourites"] = _favourite_part(frame[favourites])
    return {name: found[name] for name in sorted(found) if len(found[name].names) > 1}


def _part_name(column: str) -> str:
    return column if column == "segment" or column.startswith("features.") else f"features.{column}"


def _part(column: pd.Series) -> PartColumn:
    present = column.dropna()
    if len(present) and present.map(lambda value: isinstance(value, bool | np.bool_)).all():
        return text_part(["yes" if value is True or value is np.True_ else "no" for value in present], column.notna())
    if pd.api.types.is_numeric_dtype(column) or (len(present) and present.map(np.isreal).all()):
        return number_part(column.to_numpy(dtype=np.float64, na_value=np.nan))
    return text_part([str(value) for value in present], column.notna())


def text_part(present: Sequence[str], known: Iterable[bool]) -> PartColumn:
    """Returns a part of texts: the commoner ones, the commonest first, then `other` and `unknown` where there are any.

    Args:
        present: The texts that are known.
        known: For each row whether its text is among them.
    """
    is_known = np.fromiter(known, dtype=np.bool_)
    texts = np.full(len(is_known), UNKNOWN, dtype=object)
    texts[is_known] = present
    counts = pd.Series(texts).value_counts()
    counts = counts[counts.index != UNKNOWN].sort_index(kind="stable").sort_values(ascending=False, kind="stable")
    least = LEAST_SHARE * len(texts)
    kept = [str(text) for place, (text, count) in enumerate(counts.items()) if count >= least and place < MOST_VALUES]
    values = [*kept]
    if len(kept) < len(counts):
        values.append(OTHER)
    if not is_known.all():
        values.append(UNKNOWN)
    codes = pd.Series(texts).map({text: place for place, text in enumerate(values)})
    return PartColumn(codes.fillna(float(len(kept))).to_numpy().astype(np.int64), tuple(values))


def number_part(values: NDArray[np.float64], edges: Sequence[float] | None = None) -> PartColumn:
    """Returns a part of a number in bins, each up to and with its edge, and `unknown` where there is a NaN.

    Args:
        values: The numbers.
        edges: Upper ends of all bins but the last; by default as many rows in each as can be, rounded.
    """
    known = ~np.isnan(values)
    ends = np.asarray(edges if edges is not None else _edges(values[known]), dtype=np.float64)
    codes = np.searchsorted(ends, values, side="left")
    labels = _labels(ends, values[known])
    if not known.all():
        codes = np.where(known, codes, len(labels))
        labels.append(UNKNOWN)
    return PartColumn(codes.astype(np.int64), tuple(labels))


def _edges(known: NDArray[np.float64]) -> NDArray[np.float64]:
    distinct = np.unique(known)
    if len(distinct) <= BINS:
        return distinct[:-1]
    quantiles = np.quantile(known, np.arange(1, BINS) / BINS)
    rounded = np.unique([float(f"{edge:.3g}") for edge in quantiles])
    return np.asarray(rounded[(rounded >= distinct[0]) & (rounded < distinct[-1])], dtype=np.float64)


def _labels(ends: NDArray[np.float64], known: NDArray[np.float64]) -> list[str]:
    distinct = np.unique(known)
    if len(distinct) == len(ends) + 1:  # each value has a bin of its own
        return [f"{value:g}" for value in distinct]
    if not len(ends):
        return ["any"]
    between = [f"over {low:g} to {high:g}" for low, high in itertools.pairwise(ends.tolist())]
    return [f"to {ends[0]:g}", *between, f"over {ends[-1]:g}"]


def _favourite_part(weights: pd.DataFrame) -> PartColumn:
    names = [str(name).removeprefix("favourites.") for name in weights.columns]
    values = weights.fillna(0.0).to_numpy(dtype=np.float64)
    if len(names) <= _MOST_PATTERNS:
        texts = [" and ".join(np.array(names)[row]) or _NO_FAVOURITE for row in values > 0.0]
    else:
        heaviest = np.array(names, dtype=object)[values.argmax(axis=1)]
        texts = np.where(values.max(axis=1) > 0.0, heaviest, _NO_FAVOURITE).tolist()
    return text_part(texts, np.ones(len(texts), dtype=np.bool_))
