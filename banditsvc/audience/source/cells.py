"""Cells of a column, read as what its field is: all rows at once, and each that does not fit with the reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from banditsvc.core.context import LifecycleStage
from banditsvc.core.time_zones import is_time_zone
from banditsvc.plain.values import enum_value
from banditsvc.rpc.wire_context import MOST_FAVOURITE_WEIGHT
from banditsvc.rpc.wire_features import MOST_NUMBER
from banditsvc.rpc.wire_text import MOST_CHARACTERS, text_fault
from banditsvc.v1.context_pb2 import LifecycleStage as PlainStage

Reason = Callable[[int], str]
_NUMBER = r"^([+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|(?i:nan))$"
_PLAIN_BYTES = (0x21, 0x7E)
"""First and last of the bytes that an id may have without a closer look."""
MOST_WHOLE = 2**53
"""From here on a double does not hold each whole number."""
_AN_ID = f"an id of 1 to {MOST_CHARACTERS} characters"
_MISSING_ID = f"is missing: every row needs {_AN_ID}"


@dataclass(frozen=True, slots=True)
class Cells:
    """The cells of one column. What stands where they do not fit is never used."""

    values: pa.Array
    """Of the type of the field's kind."""
    bad: NDArray[np.intp] = field(default_factory=lambda: np.zeros(0, dtype=np.intp))
    """Rows that do not fit, rising."""
    reason: str = ""
    """Why, with {} for the cell as it was; empty where all fit."""
    is_number: bool = False
    """Whether each is to be one number."""
    missing: str = ""
    """Why a row without a value does not fit, where it does not."""


def numbers(cells: pa.Array, least: float, most: float, decimal: str = ".") -> Cells:
    """Returns numbers as doubles; NaN stands for what is not known."""
    refused = np.zeros(0, dtype=np.intp)
    cells = _undone(cells)
    if pa.types.is_string(cells.type):
        cells, refused = _parsed(cells, decimal)
    values = np.asarray(pc.fill_null(cells.cast(pa.float64(), safe=False), np.nan).to_numpy(zero_copy_only=False))
    outside = np.flatnonzero((values < least) | (values > most))
    bad = np.union1d(refused, outside) if len(refused) else outside
    reason = f"{{}} must be a number from {least:,.15g} to {most:,.15g}" if len(bad) else ""
    return Cells(pa.array(values), bad, reason, is_number=True)


def scores(cells: pa.Array, decimal: str = ".") -> Cells:
    """Returns scores from 1 to 5; 0 stands for what is not known."""
    found = numbers(cells, 1, 5, decimal)
    values = found.values.to_numpy()
    bad = np.union1d(found.bad, np.flatnonzero(values > np.floor(values)))
    whole = np.nan_to_num(values, posinf=0.0, neginf=0.0).astype(np.int8)
    return Cells(pa.array(whole), bad, "{} must be a whole number from 1 to 5" if len(bad) else "", is_number=True)


def labels(cells: pa.Array) -> Cells:
    """Returns texts by their place in a dictionary; null stands for what is not known."""
    coded = _coded(cells)
    return _with_bad_texts(coded, [text_fault(str(text), 0) for text in coded.dictionary.to_pylist()])


def stages(cells: pa.Array) -> Cells:
    """Returns the numbers of LifecycleStage; 0 stands for what is not known."""
    if pa.types.is_integer(cells.type):
        known = np.isin(np.asarray(pc.fill_null(cells, 0)), [0, *LifecycleStage])
        bad = np.flatnonzero(~known)
        return Cells(pc.fill_null(cells, 0).cast(pa.int8(), safe=False), bad, "{} is no lifecycle stage")
    coded = _coded(cells)
    names = [str(name) for name in coded.dictionary.to_pylist()]
    numbers_of = np.array([*map(_stage, names), 0], dtype=np.int8)
    codes = _codes(coded)
    values = numbers_of[codes]
    known_names = ", ".join(LifecycleStage.__members__)
    return Cells(
        pa.array(np.maximum(values, 0)), np.flatnonzero(values < 0), f"{{}} is no lifecycle stage; one of {known_names}"
    )


def flags(cells: pa.Array) -> Cells:
    """Returns flags; null stands for what is not known."""
    cells = _undone(cells)
    if not pa.types.is_string(cells.type):
        return Cells(cells.cast(pa.bool_()))
    lowered = pc.utf8_lower(pc.utf8_trim_whitespace(cells))
    fits = pc.is_in(pc.fill_null(lowered, ""), pa.array(["true", "false", ""]))
    bad = np.flatnonzero(~np.asarray(fits.to_numpy(zero_copy_only=False)))
    values = pc.if_else(pc.equal(lowered, ""), None, pc.equal(lowered, "true"))
    return Cells(values, bad, "{} must be true or false")


def zones(cells: pa.Array) -> Cells:
    """Returns time zones by their place in a dictionary; null stands for what is not known."""
    coded = _coded(cells)
    fault = "is no time zone; an IANA name is one, such as Europe/Berlin"
    return _with_bad_texts(coded, [None if is_time_zone(text) else fault for text in coded.dictionary.to_pylist()])


def weights(cells: pa.Array, decimal: str = ".") -> Cells:
    """Returns the weights of a favourite; 0 stands for none."""
    found = numbers(cells, 0, MOST_FAVOURITE_WEIGHT, decimal)
    return Cells(pa.array(np.nan_to_num(found.values.to_numpy(), posinf=0.0)), found.bad, found.reason, is_number=True)


def feature_numbers(cells: pa.Array, decimal: str = ".") -> Cells:
    """Returns the numbers of a feature."""
    return numbers(cells, -MOST_NUMBER, MOST_NUMBER, decimal)


def feature_texts(cells: pa.Array) -> Cells:
    """Returns the texts of a feature, which may have any characters, but not too many; dates and times as text."""
    coded = _coded(cells)
    most = f"must have at most {MOST_CHARACTERS} characters"
    texts = coded.dictionary.to_pylist()
    return _with_bad_texts(coded, [most if len(text) > MOST_CHARACTERS else None for text in texts])


def ids(cells: pa.Array, *, is_required: bool) -> Cells:
    """Returns ids as texts, whole numbers in digits; null stands for none, which does not fit where one is required."""
    cells = _undone(cells)
    if pa.types.is_floating(cells.type):
        return _whole_ids(cells, is_required=is_required)
    texts = cells.cast(pa.string())
    suspect = _is_suspect(texts)
    if suspect:
        texts = pc.utf8_trim_whitespace(texts)
    lengths = np.asarray(pc.fill_null(pc.utf8_length(texts), 0))
    bad = np.flatnonzero((lengths == 0) | (lengths > MOST_CHARACTERS))
    if suspect:
        unclean = np.asarray(
            pc.fill_null(pc.match_substring_regex(texts, "[\\x00-\\x1f\\x7f-\\x{9f}\\x{2028}\\x{2029}]"), fill_value=False)
            .to_numpy(zero_copy_only=False)
        )  # fmt: skip
        bad = np.union1d(bad, np.flatnonzero(unclean))
    if not is_required:
        bad = bad[lengths[bad] > 0]
        texts = pc.if_else(pc.equal(pc.utf8_length(texts), 0), None, texts) if suspect or len(bad) else texts
    elif texts.null_count:
        texts = pc.fill_null(texts, "")
    return Cells(texts, bad, f"{{}} must be {_AN_ID} without control characters", missing=_MISSING_ID)


def _whole_ids(cells: pa.Array, *, is_required: bool) -> Cells:
    """Returns ids of floats, which tables with gaps turn whole numbers into."""
    texts, is_whole = _float_texts(cells)
    bad = ~is_whole if is_required else ~is_whole & np.asarray(texts.is_valid().to_numpy(zero_copy_only=False))
    return Cells(
        pc.fill_null(texts, "") if is_required else texts,
        np.flatnonzero(bad),
        f"{{}} is no whole number below {MOST_WHOLE:,}; write ids as texts or whole numbers",
        missing=_MISSING_ID,
    )


def _parsed(cells: pa.Array, decimal: str) -> tuple[pa.Array, NDArray[np.intp]]:
    """Returns the numbers that texts say, null for the empty ones, and the rows that say none."""
    texts = pc.utf8_trim_whitespace(cells)
    if decimal != ".":
        texts = pc.if_else(pc.match_substring(texts, "."), "-", pc.replace_substring(texts, decimal, "."))
    texts = pc.if_else(pc.equal(texts, ""), None, texts)
    fits = pc.fill_null(pc.match_substring_regex(texts, _NUMBER), fill_value=True)
    refused = np.flatnonzero(~np.asarray(fits.to_numpy(zero_copy_only=False)))
    return pc.if_else(fits, texts, None).cast(pa.float64()), refused


def _coded(cells: pa.Array) -> pa.DictionaryArray:
    """Returns texts, or whole numbers in digits, by their place in a dictionary; an empty text is null."""
    if not pa.types.is_dictionary(cells.type):
        cells = _texts(cells).dictionary_encode()
    texts = cells.dictionary.cast(pa.string())
    indices = cells.indices.cast(pa.int32())
    empty = texts.index("").as_py() if texts.null_count == 0 else -1
    if empty >= 0:
        indices = pc.if_else(pc.equal(indices, empty), None, indices)
    return pa.DictionaryArray.from_arrays(indices, texts)


def _codes(coded: pa.DictionaryArray) -> NDArray[np.int32]:
    """Returns the place of each text; -1 for null."""
    codes: NDArray[np.int32] = np.asarray(pc.fill_null(coded.indices, -1))
    return codes


def _with_bad_texts(coded: pa.DictionaryArray, faults: list[str | None]) -> Cells:
    wrong = [place for place, fault in enumerate(faults) if fault]
    if not wrong:
        return Cells(coded)
    return Cells(coded, np.flatnonzero(np.isin(_codes(coded), wrong)), f"{{}} {faults[wrong[0]]}")


def _undone(cells: pa.Array) -> pa.Array:
    """Returns cells without a dictionary, and texts of one type."""
    if pa.types.is_dictionary(cells.type):
        cells = cells.dictionary_decode()
    is_text = pa.types.is_large_string(cells.type) or pa.types.is_string_view(cells.type)
    return cells.cast(pa.string()) if is_text else cells


def _texts(cells: pa.Array) -> pa.Array:
    cells = _undone(cells)
    return _float_texts(cells)[0] if pa.types.is_floating(cells.type) else cells.cast(pa.string())


def _float_texts(cells: pa.Array) -> tuple[pa.Array, NDArray[np.bool_]]:
    """Returns floats as texts, NaN as null and whole numbers in digits, and which are whole and exact."""
    found = cells.to_numpy(zero_copy_only=False).astype(np.float64)
    is_whole = (found == np.floor(found)) & (np.abs(found) < MOST_WHOLE)
    digits = pa.array(np.where(is_whole, found, 0).astype(np.int64)).cast(pa.string())
    others = pa.array(found, from_pandas=True).cast(pa.string())
    return pc.if_else(pa.array(is_whole), digits, others), is_whole


def _is_suspect(texts: pa.Array) -> bool:
    """Returns whether any text may have blanks or control characters."""
    _, offsets, data = texts.buffers()
    if data is None or not len(texts):
        return False
    ends = np.frombuffer(offsets, dtype=np.int32)
    used = np.frombuffer(data, dtype=np.uint8)[ends[texts.offset] : ends[texts.offset + len(texts)]]
    return len(used) > 0 and not _PLAIN_BYTES[0] <= int(used.min()) <= int(used.max()) <= _PLAIN_BYTES[1]


def _stage(name: str) -> int:
    try:
        return enum_value(PlainStage.DESCRIPTOR, name.strip())
    except ValueError:
        return -1
