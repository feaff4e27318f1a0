"""What is best in a row, and the share that the best get."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_MANY_ROWS = 64
_MOST_PARTS = 1e300
"""More than there are. Finite: a row of NaN, which has no best, is for is_pmf to refuse."""


def best_of(predicted: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns the greatest of each row, shape (rows, 1)."""
    if len(predicted) < _MANY_ROWS:
        best: NDArray[np.float64] = np.maximum.reduce(predicted, axis=1, keepdims=True)
        return best
    # The same, several times quicker where there are many rows of a few columns.
    best = predicted[:, :1].copy()
    for column in range(1, predicted.shape[1]):
        np.maximum(best, predicted[:, column, None], out=best)
    return best


def share_among_best(
    is_best: NDArray[np.bool_], share: NDArray[np.float64] | float, equal_parts: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Returns a row's share split equally among its best, 0 for the others.

    Args:
        is_best: Shape (rows, K), at least one in each row.
        share: One for all rows, or shape (rows, 1).
        equal_parts: That of Exploration.pmf: the best get the share in proportion to 1 / equal_parts.
    """
    # Where nothing ties, which is most often, there is nothing to split.
    if np.count_nonzero(is_best) == len(is_best):
        return np.multiply(is_best, share, dtype=np.float64)
    # The least of the best alone: so a best one that ties with none weighs 1, as above, whatever rows are beside it.
    least = np.minimum.reduce(equal_parts, axis=1, keepdims=True, where=is_best, initial=_MOST_PARTS)
    weights = is_best * (least / equal_parts)
    share = share / np.add.reduce(weights, axis=1, keepdims=True)
    return np.multiply(weights, share, out=weights)
