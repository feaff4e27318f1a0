"""Sums by seed: a table that is added to cell by cell, in the order of the rows, so that a seed alone adds up alike."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64] | NDArray[np.bool_]


def add_at(table: NDArray[np.float64], cells: NDArray[np.intp], values: Values | None = None) -> None:
    """Adds values, or 1 each, to cells of a table, by their places in its flat form."""
    table += np.bincount(cells, values, minlength=table.size).reshape(table.shape)
