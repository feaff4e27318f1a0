"""What is best in a row, and the share that the best get."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def best_of(predicted: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns the greatest of each row, shape (rows, 1)."""
    best: NDArray[np.float64] = np.maximum.reduce(predicted, axis=1, keepdims=True)
    return best


def share_among_best(is_best: NDArray[np.bool_], share: NDArray[np.float64] | float) -> NDArray[np.float64]:
    """Returns a row's share split equally among its best, 0 for the others.

    Args:
        is_best: Shape (rows, K), at least one in each row.
        share: One for all rows, or shape (rows, 1).
    """
    # Where nothing ties, which is most often, there is nothing to count.
    if np.count_nonzero(is_best) != len(is_best):
        share = share / np.add.reduce(is_best, axis=1, keepdims=True, dtype=np.float64)
    return np.multiply(is_best, share, dtype=np.float64)
