"""Joined columns: the columns of a part's blocks as one, in the form that is the quickest to write.

A column that has one value is said to be Alike. One of few values, if nested, is a dictionary of them, or a list of a
dictionary's. Maps of few names are structures.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from banditsvc.audience.arrow_columns import Alike, ArrowColumn, ByCode, ByName, Described, ListsByCode, listed
from banditsvc.described_campaigns import is_described
from banditsvc.part_forms import opened


def joined(kind: pa.DataType, counts: Sequence[int], parts: Sequence[ArrowColumn]) -> pa.ChunkedArray | Alike:
    """Returns the column of all blocks."""
    if all(isinstance(one, ByCode) for one in parts):
        return _by_code(kind, np.concatenate([one.codes for one in parts]), parts[0].values)
    if all(isinstance(one, ListsByCode) for one in parts):
        lengths = np.concatenate([one.counts for one in parts])
        return _lists_by_code(kind, lengths, np.concatenate([one.codes for one in parts]), parts[0].values)
    first = parts[0]
    if len(parts) == 1 and isinstance(first, ByName):
        return pa.chunked_array([first.structures()])
    if len(parts) == 1 and isinstance(first, Described):
        return pa.chunked_array([first.lists()])
    if isinstance(first, Alike) and all(isinstance(one, Alike) and one.value == first.value for one in parts):
        return first
    arrays = [_array(kind, count, one) for count, one in zip(counts, parts, strict=True)]
    if len({array.type for array in arrays}) > 1:
        arrays = [array.cast(kind) for array in arrays]
    return pa.chunked_array(arrays)


def _by_code(kind: pa.DataType, codes: NDArray[Any], values: Sequence[Any]) -> pa.ChunkedArray | Alike:
    """Returns a column of few values as a dictionary."""
    least, greatest = int(codes.min()), int(codes.max())
    if least == greatest or greatest < 0:
        return Alike(values[least] if least >= 0 else None)
    places = pa.array(codes.astype(np.int32), mask=codes < 0 if least < 0 else None)
    return pa.chunked_array([pa.DictionaryArray.from_arrays(places, pa.array(values, kind))])


def _lists_by_code(
    kind: pa.DataType, counts: NDArray[Any], codes: NDArray[np.int32], values: Sequence[Any]
) -> pa.ChunkedArray | Alike:
    """Returns lists of few values as lists of a dictionary's."""
    length = int(counts[0])
    if (counts == length).all() and (codes.reshape(len(counts), length) == codes[:length]).all():
        return Alike([values[code] for code in codes[:length].tolist()])
    members = pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(values, kind.value_type))
    return pa.chunked_array([listed(counts, members)])


def _array(kind: pa.DataType, count: int, column: ArrowColumn) -> pa.Array:
    """Returns the column of one block, whatever its form."""
    if isinstance(column, Alike):
        return pa.array([column.value], kind).take(pa.array(np.zeros(count, dtype=np.int64)))
    if isinstance(column, ByCode):
        return pa.array(column.values, kind).take(pa.array(column.codes, mask=column.codes < 0))
    if isinstance(column, ByName):
        return opened(column.structures(), kind)
    if isinstance(column, Described):
        return opened(column.lists(), kind)
    if isinstance(column, ListsByCode):
        return listed(column.counts, pa.array(column.values, kind.value_type).take(pa.array(column.codes)))
    return column


def plain(column: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    """Returns a column by the open schema, even where it is a dictionary of structures, which pyarrow cannot cast."""
    if pa.types.is_dictionary(column.type) and pa.types.is_nested(kind):
        return pa.chunked_array([chunk.dictionary.take(chunk.indices) for chunk in column.chunks])
    if (
        pa.types.is_list(column.type)
        and pa.types.is_dictionary(column.type.value_type)
        and pa.types.is_nested(kind.value_type)
    ):
        return pa.chunked_array([_undone(chunk) for chunk in column.chunks])
    if is_described(column.type) or (pa.types.is_struct(column.type) and pa.types.is_map(kind)):
        return pa.chunked_array([opened(chunk, kind) for chunk in column.chunks])
    return column.cast(kind)


def _undone(lists: pa.ListArray) -> pa.ListArray:
    """Returns lists of a dictionary's values as lists of the values."""
    members = lists.values
    return pa.ListArray.from_arrays(lists.offsets, members.dictionary.take(members.indices))
