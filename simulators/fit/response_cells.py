"""Rows with the same campaign and the same parts of the context, counted: all that a model of responses needs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from simulators.fit.fit_rows import FitRows

_MOST_KEYS = 2**62


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ResponseCells:
    """The distinct combinations of arm and values; the arrays run beside each other."""

    arms: NDArray[np.int64]
    codes: NDArray[np.int64]
    """Shape (cells, parts)."""
    count: NDArray[np.float64]
    """Rows of the cell."""
    responses: NDArray[np.float64]
    """Of these, rows with a response."""
    arm_count: int
    part_names: tuple[str, ...]
    sizes: tuple[int, ...]
    """Number of values of each part."""

    @property
    def offsets(self) -> NDArray[np.int64]:
        """Returns where the values of each part begin when the values of all parts stand in a row."""
        return np.concatenate([[0], np.cumsum(self.sizes)[:-1]]).astype(np.int64) if self.sizes else np.zeros(0, int)

    @property
    def value_count(self) -> int:
        """Returns the number of values of all parts."""
        return sum(self.sizes)

    def arm_design(self) -> sparse.csr_matrix:
        """Returns a column for each arm, 1 in its cells."""
        return _indicators(self.arms[:, None], self.arm_count)

    def value_design(self) -> sparse.csr_matrix:
        """Returns a column for each value of each part, 1 in the cells that have it."""
        return _indicators(self.codes + self.offsets, self.value_count)

    def own_value_design(self) -> sparse.csr_matrix:
        """Returns a column for each pair of arm and value."""
        placed = self.codes + self.offsets + self.value_count * self.arms[:, None]
        return _indicators(placed, self.arm_count * self.value_count)


def cells_of(rows: FitRows) -> ResponseCells:
    """Returns the cells of some rows, sorted."""
    columns = list(rows.parts.values())
    sizes = tuple(len(column.names) for column in columns)
    keys = rows.arms.astype(np.int64)
    space = len(rows.campaigns)
    for column, size in zip(columns, sizes, strict=True):
        if space * size > _MOST_KEYS:  # keep the keys dense, so that they cannot overflow
            distinct, keys = np.unique(keys, return_inverse=True)
            space = len(distinct)
        keys, space = keys * size + column.codes, space * size
    _, first, place = np.unique(keys, return_index=True, return_inverse=True)
    codes = np.stack([column.codes for column in columns], axis=1) if columns else np.zeros((len(rows), 0), np.int64)
    return ResponseCells(
        arms=rows.arms[first],
        codes=codes[first],
        count=np.bincount(place).astype(np.float64),
        responses=np.asarray(np.bincount(place, weights=rows.responses), dtype=np.float64),
        arm_count=len(rows.campaigns),
        part_names=tuple(rows.parts),
        sizes=sizes,
    )


def _indicators(columns: NDArray[np.int64], width: int) -> sparse.csr_matrix:
    count, per_row = columns.shape
    starts = np.arange(0, count * per_row + 1, per_row) if per_row else np.zeros(count + 1, dtype=np.int64)
    return sparse.csr_matrix((np.ones(count * per_row), columns.ravel(), starts), shape=(count, width))
