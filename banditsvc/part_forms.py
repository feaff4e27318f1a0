"""Part forms: how part files hold columns that would be slow to write as the open form has them, and what these stand for.

A form is told by its type alone. Ids of decisions are row numbers, as the run is the same for all. Vectors are the bytes of their numbers, so that Parquet need not say of every number which
list it is in; maps are structures, so that their keys need not be written for every row. Of campaigns that are described
with rows there are the places of those of the catalogue, beside what is described.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from banditsvc.described_campaigns import is_described, opened_campaigns
from banditsvc.maps_by_name import opened_map

_NUMBER = pa.float64()
_BYTES = 8
"""Of a number."""


def packed(lists: pa.ChunkedArray) -> pa.ChunkedArray:
    """Returns lists of numbers, or of at most one such list each, as the numbers' bytes, null for no list.

    Where all have as many numbers the bytes are of one length. Other columns are returned as they are.
    """
    if not is_vector(lists.type):
        return lists
    chunks = [one for chunk in lists.chunks if (one := _vectors(chunk)) is not None]
    if len(chunks) < lists.num_chunks:
        return lists
    lengths = {int(one) for bounds, _, _ in chunks for one in _extremes(bounds)}
    if len(lengths) == 1 and all(known is None for _, known, _ in chunks) and (length := lengths.pop()):
        width = pa.binary(_BYTES * length)
        return pa.chunked_array([_fixed(bounds, numbers, width) for bounds, _, numbers in chunks], width)
    return pa.chunked_array([_varying(*one) for one in chunks], pa.binary())


def is_vector(kind: pa.DataType) -> bool:
    """Returns whether a type is a list of numbers, or of such lists."""
    if pa.types.is_list(kind) and pa.types.is_list(kind.value_type):
        kind = kind.value_type
    return bool(pa.types.is_list(kind) and kind.value_type == _NUMBER)


def opened(stored: pa.Array, kind: pa.DataType) -> pa.Array:
    """Returns what a column stands for, as the open form has it; one that is in no form is returned as it is."""
    if pa.types.is_map(kind) and pa.types.is_struct(stored.type):
        return opened_map(stored, kind)
    if is_vector(kind) and not pa.types.is_list(stored.type):
        return _unpacked(stored, kind)
    if is_described(stored.type):
        return opened_campaigns(stored, kind)
    return stored


def row_ids(run_id: str, rows: pa.Array) -> pa.Array:
    """Returns core.decision_id.audience_decision_id of each row number."""
    return pc.binary_join_element_wise(run_id, rows.cast(pa.string()), "/")


def _vectors(lists: pa.ListArray) -> tuple[NDArray[np.int32], NDArray[np.bool_] | None, pa.Array] | None:
    """Returns the bounds of each row's numbers, which rows have a list, None for all, and the numbers.

    None where a row has several lists, or something is null.
    """
    bounds, inner = lists.offsets.to_numpy(), lists.values
    is_there = None
    if pa.types.is_list(inner.type):
        counts = np.diff(bounds)
        if counts.max(initial=0) > 1 or inner.null_count:
            return None
        is_there = None if counts.all() else counts > 0
        bounds, inner = inner.offsets.to_numpy()[bounds], inner.values
    return None if lists.null_count or inner.null_count else (bounds, is_there, inner)


def _extremes(bounds: NDArray[np.int32]) -> tuple[int, ...]:
    lengths = np.diff(bounds)
    return (lengths.min(), lengths.max()) if len(lengths) else ()


def _fixed(bounds: NDArray[np.int32], numbers: pa.Array, width: pa.DataType) -> pa.Array:
    start, end = int(bounds[0]), int(bounds[-1])
    data = numbers.slice(start, end - start).to_numpy()
    return pa.Array.from_buffers(width, len(bounds) - 1, [None, pa.py_buffer(np.ascontiguousarray(data))])


def _varying(bounds: NDArray[np.int32], is_there: NDArray[np.bool_] | None, numbers: pa.Array) -> pa.Array:
    valid = None if is_there is None else pa.py_buffer(np.packbits(is_there, bitorder="little"))
    ends = (bounds * np.int32(_BYTES)).astype(np.int32)
    buffers = [valid, pa.py_buffer(ends), pa.py_buffer(np.ascontiguousarray(numbers.to_numpy()))]
    return pa.Array.from_buffers(pa.binary(), len(bounds) - 1, buffers)


def _unpacked(stored: pa.Array, kind: pa.DataType) -> pa.Array:
    if len(stored) == 0:
        return pa.array([], kind)
    is_one = pa.types.is_list(kind.value_type)
    if pa.types.is_fixed_size_binary(stored.type):
        width = stored.type.byte_width // _BYTES
        bounds = np.arange(0, (len(stored) + 1) * width, width, dtype=np.int32)
        numbers = pa.Array.from_buffers(
            _NUMBER, len(stored) * width, [None, stored.buffers()[1]], offset=stored.offset * width
        )
    else:
        ends = np.frombuffer(stored.buffers()[1], np.int32)[stored.offset : stored.offset + len(stored) + 1]
        first, last = int(ends[0]), int(ends[-1])
        data = stored.buffers()[2]
        bounds = (ends - first) // _BYTES
        numbers = pa.array(np.frombuffer(data, np.uint8)[first:last].view(np.float64) if last > first else [], _NUMBER)
    if not is_one:
        return pa.ListArray.from_arrays(pa.array(bounds), numbers)
    is_there = stored.is_valid().to_numpy(zero_copy_only=False)
    inner = pa.ListArray.from_arrays(pa.array(np.append(bounds[:-1][is_there], bounds[-1])), numbers)
    return pa.ListArray.from_arrays(pa.array(np.concatenate([[0], np.cumsum(is_there)]).astype(np.int32)), inner)
