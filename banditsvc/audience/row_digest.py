"""Row digests: whether two audiences are the same, whatever the order of their rows."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from banditsvc.text_hashes import text_hashes

_ROWS = 16_384
"""Rows at a time: so many stay in the processor's cache."""
_FACTOR = np.uint64(0x9E3779B97F4A7C15)
"""2^64 divided by the golden ratio: odd, so that multiplying loses nothing."""


def digest_of_rows(columns: Mapping[str, pa.Array], hashes: NDArray[np.uint64]) -> int:
    """Returns the sum, modulo 2^64, of a digest of each row's columns and customer hash."""
    total = 0
    names = sorted(columns)
    words_of = [_of_texts(columns[name]) for name in names]
    for start in range(0, len(hashes), _ROWS):
        digests = hashes[start : start + _ROWS].copy()
        for name, of_texts in zip(names, words_of, strict=True):
            digests += _words(columns[name].slice(start, _ROWS), of_texts)
            digests *= _FACTOR
            digests ^= digests >> np.uint64(32)
        total += int((digests * _FACTOR).sum(dtype=np.uint64))
    return total % (1 << 64)


def _of_texts(values: pa.Array) -> NDArray[np.uint64] | None:
    """Returns a word for each text of a dictionary and, at the end, for null; None where there is no dictionary."""
    return np.append(text_hashes(values.dictionary), np.uint64(0)) if pa.types.is_dictionary(values.type) else None


def _words(values: pa.Array, of_texts: NDArray[np.uint64] | None) -> NDArray[np.uint64]:
    """Returns a word for each value: equal for equal ones."""
    if of_texts is not None:
        words: NDArray[np.uint64] = of_texts[np.asarray(pc.fill_null(values.indices, -1))]
        return words
    if pa.types.is_string(values.type):
        return text_hashes(pc.fill_null(values, ""))
    if pa.types.is_list(values.type):
        lengths = np.asarray(pc.fill_null(pc.list_value_length(values), -1))
        sums = np.zeros(len(values), dtype=np.uint64)
        flat = values.flatten()
        members = text_hashes(flat) if pa.types.is_string(flat.type) else np.asarray(flat).astype(np.uint64)
        members = members + np.uint64(1)
        np.add.at(sums, np.asarray(pc.list_parent_indices(values)), members * members * _FACTOR)
        return sums + lengths.astype(np.int64).view(np.uint64)
    if values.null_count:
        values = pc.fill_null(values.cast(pa.int8()), -1)
    plain: NDArray[np.generic] = np.asarray(values.to_numpy(zero_copy_only=False))
    if plain.dtype == np.float64:
        return plain.view(np.uint64)
    return plain.astype(np.int64).view(np.uint64)
