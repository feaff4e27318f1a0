"""Codes of columns: which of a few distinct values each row has."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_WIDEST_RANGE = 1 << 12
"""Whole numbers within so wide a range are told apart by counting, not by sorting."""
_WIDEST_TABLE = 1 << 17
"""Up to so wide a range a table of places stays in the processor's cache."""
_FEW_EDGES = 32
"""Comparing with all of so few edges is quicker than searching."""


def bin_codes(edges: NDArray[np.float64], column: NDArray[np.float64]) -> NDArray[np.intp]:
    """Returns the bin of each number as Bins has it, -1 for NaN."""
    if len(edges) > _FEW_EDGES:
        codes = np.searchsorted(edges, column, side="right")
    else:
        counted = np.zeros(len(column), dtype=np.int8)
        for edge in edges:
            counted += column >= edge
        codes = counted.astype(np.intp)
    codes[np.isnan(column)] = -1
    return codes


def distinct_codes(column: NDArray[np.int64]) -> tuple[list[int], NDArray[np.intp]]:
    """Returns whole numbers, all that occur among them, and the place among them of each row's."""
    if not column.size:
        return [], column.astype(np.intp)
    # Rounded, so that the numbers of one day are mostly those of the next.
    least, greatest = int(column.min()) & ~7, int(column.max()) | 7
    if greatest - least >= _WIDEST_RANGE:
        distinct, codes = np.unique(column, return_inverse=True)
        return distinct.tolist(), codes
    return list(range(least, greatest + 1)), column - least if least else column


def distinct_numbers(column: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.intp]]:
    """Returns the whole numbers that occur, rising, and the place among them of each row's: numpy.unique's, mostly quicker."""
    least, greatest = (int(column.min()), int(column.max())) if column.size else (0, -1)
    if least == greatest:
        return column[:1], np.zeros(len(column), dtype=np.intp)
    if not 0 <= greatest - least < _WIDEST_TABLE:
        used, places = np.unique(column, return_inverse=True)
        return used, places
    apart = column - least
    used = np.flatnonzero(np.bincount(apart))
    place_of = np.zeros(greatest - least + 1, dtype=np.intp)
    place_of[used] = np.arange(len(used))
    return used + least, place_of[apart]
