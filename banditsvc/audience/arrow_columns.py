"""Arrow columns of what numpy holds: small pieces from which the columns of a part are made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from banditsvc.described_campaigns import described_members


@dataclass(frozen=True, slots=True)
class Alike:
    """A column that has the same value in every row, as pyarrow takes it from Python."""

    value: Any


@dataclass(frozen=True, slots=True, eq=False)
class ByCode:
    """A column of few values, which all blocks of a part number alike; negative codes are null."""

    codes: NDArray[Any]
    values: Sequence[Any]
    """As pyarrow takes them from Python. They may become more until all blocks are made."""


@dataclass(frozen=True, slots=True, eq=False)
class ListsByCode:
    """A column of lists of few values, which all blocks of a part number alike."""

    counts: NDArray[Any]
    """Length of each row's list."""
    codes: NDArray[np.int32]
    """Of the members of all rows."""
    values: Sequence[Any]
    """As those of ByCode."""


@dataclass(frozen=True, slots=True, eq=False)
class ByName:
    """A column of maps that have few names."""

    columns: Mapping[str, Any]
    """What the maps have by each name, as arrays; null where a map has not the name."""

    def structures(self) -> pa.StructArray:
        """Returns the maps as structures."""
        fields = [pa.field(name, one.type, nullable=one.null_count > 0) for name, one in self.columns.items()]
        return pa.StructArray.from_arrays(list(self.columns.values()), fields=fields)


@dataclass(frozen=True, slots=True, eq=False)
class Described:
    """A column of lists of few campaigns, each with features of its own in each row. Its form is that of described_campaigns."""

    counts: NDArray[Any]
    """Length of each row's list."""
    campaigns: NDArray[Any]
    """Place of each member of all rows among the values."""
    values: Any
    """The campaigns without these features, as an array."""
    features: ByName
    """The features of all members."""

    def lists(self) -> pa.ListArray:
        """Returns the lists in their form, with the campaigns as a dictionary."""
        campaigns = pa.DictionaryArray.from_arrays(pa.array(self.campaigns.astype(np.int32)), self.values)
        return listed(self.counts, described_members(campaigns, self.features.structures()))


ArrowColumn: TypeAlias = Any
"""A pa.Array, which has no type for mypy, Alike, ByCode, ListsByCode, ByName or Described."""


def coded(codes: NDArray[Any], values: Sequence[Any], kind: pa.DataType) -> ArrowColumn:
    """Returns the value of each code, None for a negative one. Texts come as a dictionary."""
    least, greatest = (int(codes.min()), int(codes.max())) if codes.size else (0, -1)
    if least == greatest or greatest < 0:
        return Alike(values[least] if least == greatest and least >= 0 else None)
    return coded_array(codes, values, kind)


def coded_array(codes: NDArray[Any], values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    """Returns the same, even where all values are alike."""
    dictionary = pa.array(values, kind)
    unknown = codes < 0
    indices = pa.array(codes.astype(np.int32, copy=False), mask=unknown if unknown.any() else None)
    if pa.types.is_string(kind):
        return pa.DictionaryArray.from_arrays(indices, dictionary)
    return dictionary.take(indices)


def listed(counts: NDArray[Any], values: pa.Array) -> pa.ListArray:
    """Returns lists of so many of the values each."""
    return pa.ListArray.from_arrays(_offsets(counts), values)


def mapped(counts: NDArray[Any], keys: pa.Array, values: pa.Array) -> pa.MapArray:
    """Returns maps with so many of the keys and values each."""
    return pa.MapArray.from_arrays(_offsets(counts), keys, values)


def _offsets(counts: NDArray[Any]) -> pa.Array:
    offsets = np.zeros(len(counts) + 1, dtype=np.int32)
    np.cumsum(counts, out=offsets[1:])
    return pa.array(offsets)
