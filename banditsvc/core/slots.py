"""Slots: columns of features, of which each row has at most one, and how they become a batch in canonical order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.encoded_batch import EncodedBatch
from banditsvc.core.features import context_hash
from banditsvc.core.sorting_network import sorted_rows

_MOST_LAYOUTS = 64
_MANY_ROWS = 1 << 11
"""Below it a sorting network is not worth its many steps."""
_BLOCK = 1 << 15
"""Rows sorted at a time: they stay in the processor's cache."""

Names = tuple[str | None, ...]


class Slot(NamedTuple):
    """What gives each row at most one feature."""

    names: Names
    """Name by code; None for no feature."""
    codes: NDArray[np.intp]
    """Code of each row; negative ones count from the end."""
    values: NDArray[np.float64] | None = None
    """Value of each row that has a feature; None where all are 1."""


class _Layout(NamedTuple):
    """What the features of some slots are, whatever the rows."""

    features: NDArray[np.uint64]
    """All that may occur, rising."""
    tables: tuple[NDArray[np.int32], ...]
    """Of each slot by code: a key, which is the place among the features, and in its lower bits the slot."""
    spans: tuple[tuple[int, int], ...]
    """Least and greatest key of a feature of each slot."""
    slot_bits: int
    are_apart: bool
    """Whether no two slots may give a row the same feature."""


class BatchMaker:
    """Makes batches of slots. What it knows of the names that it met changes no result."""

    __slots__ = ("_hash_of", "_layouts")

    def __init__(self, hash_of: Callable[[str], int] = context_hash) -> None:
        """Takes what hashes a name."""
        self._hash_of = hash_of
        self._layouts: dict[tuple[Names, ...], _Layout] = {}

    def batch(self, slots: Sequence[Slot], rows: int) -> EncodedBatch:
        """Returns the features of all slots, each row's in canonical order."""
        layout = self._layout(tuple([slot.names for slot in slots]))
        keys = np.empty((len(slots), rows), dtype=np.int32)
        lines: Sequence[NDArray[np.int32]]
        for line, slot, table in zip(keys, slots, layout.tables, strict=True):
            # Codes are in range; wrapping spares the check.
            table.take(slot.codes, out=line, mode="wrap")
        if not layout.are_apart:
            lines = list(_sorted_by_value(keys, slots, layout))
        elif rows < _MANY_ROWS:
            lines = list(np.sort(keys.T, axis=1).T.copy())
        else:
            lines = _sorted_in_blocks(keys)
        return _unpacked(lines, slots, layout, rows)

    def _layout(self, names: tuple[Names, ...]) -> _Layout:
        found = self._layouts.get(names)
        if found is None:
            if len(self._layouts) >= _MOST_LAYOUTS:
                self._layouts.clear()
            found = self._layouts[names] = _layout(names, self._hash_of)
        return found


def _layout(names: Sequence[Names], hash_of: Callable[[str], int]) -> _Layout:
    hashed = {name: hash_of(name) for one in names for name in one if name is not None}
    hashes = [{hashed[name] for name in one if name is not None} for one in names]
    features = sorted(set().union(*hashes))
    place_of: dict[int | None, int] = {one: place for place, one in enumerate(features)}
    slot_bits = max(1, (len(names) - 1).bit_length())
    tables = []
    for slot, one in enumerate(names):
        places = [len(features) if name is None else place_of[hashed[name]] for name in one]
        tables.append((np.array(places, dtype=np.int32) << slot_bits) | np.int32(slot))
    end = len(features) << slot_bits
    spans = [(int(one.min(initial=end)), int(one.max(where=one < end, initial=-1))) for one in tables]
    are_apart = sum(map(len, hashes)) == len(features)
    return _Layout(np.array(features, dtype=np.uint64), tuple(tables), tuple(spans), slot_bits, are_apart)


def _sorted_by_value(keys: NDArray[np.int32], slots: Sequence[Slot], layout: _Layout) -> NDArray[np.int32]:
    """Returns the keys sorted, those of one feature by its values."""
    values = np.array([np.ones(keys.shape[1]) if slot.values is None else slot.values for slot in slots])
    order = np.lexsort((values, keys >> layout.slot_bits), axis=0)
    return np.take_along_axis(keys, order, axis=0)


def _sorted_in_blocks(keys: NDArray[np.int32]) -> Sequence[NDArray[np.int32]]:
    if keys.shape[1] <= _BLOCK:
        return sorted_rows(list(keys))
    found = np.empty_like(keys)
    for start in range(0, keys.shape[1], _BLOCK):
        block = slice(start, start + _BLOCK)
        for line, mine in zip(found[:, block], sorted_rows(list(keys[:, block])), strict=True):
            line[:] = mine
    return list(found)


def _unpacked(lines: Sequence[NDArray[np.int32]], slots: Sequence[Slot], layout: _Layout, rows: int) -> EncodedBatch:
    lengths = np.full(rows, len(lines), dtype=np.intp)
    for line in reversed(lines):
        is_past = line >= len(layout.features) << layout.slot_bits
        if not is_past.any():
            break
        lengths -= is_past
    lines = lines[: lengths.max(initial=0)]
    places = np.empty((len(lines), rows), dtype=np.intp)
    for place, line in zip(places, lines, strict=True):
        np.right_shift(line, layout.slot_bits, out=place)
    return EncodedBatch(layout.features, places, _values(lines, slots, layout), lengths)


def _values(
    lines: Sequence[NDArray[np.int32]], slots: Sequence[Slot], layout: _Layout
) -> tuple[NDArray[np.float64] | None, ...]:
    """Returns the values of each line of sorted keys."""
    weighted = [(place, slot.values) for place, slot in enumerate(slots) if slot.values is not None]
    found: list[NDArray[np.float64] | None] = []
    for line in lines if weighted else ():
        values = None
        least, greatest = int(line.min(initial=1 << 30)), int(line.max(initial=0))
        for place, given in weighted:
            low, high = layout.spans[place]
            if greatest < low or least > high:
                continue
            is_mine = line == low if low == high else (line & np.int32((1 << layout.slot_bits) - 1)) == place
            rows = np.flatnonzero(is_mine)
            if rows.size:
                values = np.ones(len(line)) if values is None else values
                values[rows] = given[rows]
        found.append(values)
    return tuple(found) if weighted else (None,) * len(lines)
