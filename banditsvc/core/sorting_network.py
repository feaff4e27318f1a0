"""A sorting network: many short rows sorted at once, by the same comparisons for all."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray


def sort_rows(lines: list[NDArray[np.int32]]) -> None:
    """Sorts many rows at once: line i holds the i-th number of each. The list's arrays are used up and reordered.

    By Batcher's odd-even merge sort (Batcher 1968): about n log^2 n / 4 comparisons of whole lines, of which each is a
    minimum and a maximum. For rows of a dozen numbers that is several times quicker than sorting one row after the other.
    """
    if len(lines) < 2:
        return
    spare = np.empty_like(lines[0])
    for low, high in _comparisons(len(lines)):
        np.minimum(lines[low], lines[high], out=spare)
        np.maximum(lines[low], lines[high], out=lines[high])
        lines[low], spare = spare, lines[low]


@lru_cache(maxsize=256)
def _comparisons(count: int) -> tuple[tuple[int, int], ...]:
    """Returns the pairs of lines that are compared, in their order."""
    found: list[tuple[int, int]] = []
    size = 1 << (count - 1).bit_length()
    merged = 1
    while merged < size:
        step = merged
        while step >= 1:
            for start in range(step % merged, size - step, 2 * step):
                # Both must be in the same pair of runs that are being merged.
                found += [
                    (low, low + step)
                    for low in range(start, min(start + step, count - step))
                    if low // (2 * merged) == (low + step) // (2 * merged)
                ]
            step //= 2
        merged *= 2
    return tuple(found)
