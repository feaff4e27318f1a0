"""Codes of columns: which of a few distinct values each row has."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_WIDEST_RANGE = 1 << 12
"""Whole numbers within so wide a range are told apart by counting, not by sorting."""
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
