"""Cells of a table of any origin, read as texts, numbers, times and lists; what cannot be read is missing."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from offline_eval.choices.entries import lengths
from offline_eval.intervals import Floats
from offline_eval.logged.logged import Integers

NO_TIME = int(np.iinfo(np.int64).min)
"""Stands for a time that is missing or cannot be read."""


def texts(values: pa.Array) -> pa.Array:
    """Returns the texts of a column of any plain type; null where there is none."""
    return _decoded(values).cast(pa.string())


def numbers(values: pa.Array) -> Floats:
    """Returns the numbers of a column; NaN for nulls and for texts that are none."""
    plain = _decoded(values)
    if pa.types.is_string(plain.type) or pa.types.is_large_string(plain.type):
        found = pd.to_numeric(plain.to_pandas(), errors="coerce").to_numpy()
    else:
        found = plain.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    return np.asarray(found, dtype=np.float64)


def times_us(values: pa.Array) -> Integers:
    """Returns times in microseconds since 1970; NO_TIME where there is none. Without a zone they are in UTC."""
    plain = _decoded(values)
    if pa.types.is_timestamp(plain.type) or pa.types.is_date(plain.type):
        found = plain.cast(pa.timestamp("us")) if plain.type.__class__ is not pa.TimestampType else plain
        whole = found.cast(pa.timestamp("us", getattr(found.type, "tz", None)), safe=False).cast(pa.int64())
        return np.asarray(whole.fill_null(NO_TIME).to_numpy(zero_copy_only=False), dtype=np.int64)
    if pa.types.is_string(plain.type) or pa.types.is_large_string(plain.type):
        parsed = pd.to_datetime(plain.to_pandas(), utc=True, errors="coerce", format="ISO8601")
        micros = parsed.dt.tz_localize(None).to_numpy(dtype="datetime64[us]")
        return np.where(np.isnat(micros), _seconds_us(plain), micros.astype(np.int64))
    return _seconds_us(plain)


def _seconds_us(values: pa.Array) -> Integers:
    micros = numbers(values) * 1e6
    is_time = np.abs(micros) < _MOST_TIME_US  # never so for NaN
    return np.where(is_time, np.where(is_time, micros, 0.0).astype(np.int64), NO_TIME)


_MOST_TIME_US = 2.0**62
"""Farther from 1970 a number is no time."""


def lists(values: pa.Array, separator: str) -> tuple[Integers, pa.Array]:
    """Returns how long the lists of a column are, and all their members one after the other."""
    plain = _decoded(values)
    if not _is_list(plain.type):
        plain = pc.split_pattern(texts(plain).fill_null(""), separator)
        # The empty text has no member, not an empty one.
        plain = pc.if_else(pc.equal(texts(values).fill_null(""), ""), pa.scalar([], plain.type), plain)
    return lengths(plain), plain.flatten()


def has_lists(values: pa.Array, separator: str) -> bool:
    """Returns whether a column has lists, or texts with the separator in one of them."""
    plain = _decoded(values)
    is_text = pa.types.is_string(plain.type) or pa.types.is_large_string(plain.type)
    return _is_list(plain.type) or (is_text and bool(pc.any(pc.match_substring(plain, separator)).as_py()))


def _is_list(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind))


def _decoded(values: pa.Array) -> pa.Array:
    """Returns a column without dictionary, and in one piece."""
    whole = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    return whole.dictionary_decode() if isinstance(whole, pa.DictionaryArray) else whole
