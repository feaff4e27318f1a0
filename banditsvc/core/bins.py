"""Bins: how a number becomes one of a few named features."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_LEAST_EXPONENT = -9
"""math.frexp exponent of 2^-10: magnitudes below share the bin of 2^-10."""


class Bins:
    """Names the bin of a number: bin i is edges[i-1] <= x < edges[i], the last is open above, unknown has its own."""

    __slots__ = ("_edges", "_features", "_unknown")

    def __init__(self, name: str, edges: Sequence[float]) -> None:
        self._edges = tuple(edges)
        self._features = tuple([(f"{name}#{i}", 1.0)] for i in range(len(self._edges) + 1))
        self._unknown = [(f"{name}#unknown", 1.0)]

    def feature(self, x: float | None) -> list[tuple[str, float]]:
        """Returns the name of the bin of x, alone and with the value 1. None and NaN are unknown.

        The list is always the same one, and must not be changed.
        """
        if x is None or math.isnan(x):
            return self._unknown
        return self._features[bisect_right(self._edges, x)]


def logarithmic_bin(x: float) -> int:
    """Returns the bin of a finite number by its sign and magnitude, two bins to each power of two.

    0 for x = 0 alone. Positive bins start at 1 for 0 < x < 2^-9.5 and rise by one at each 2^(j/2), j integer, so that
    1 is in the first half of its octave; negative numbers mirror the positive ones. Exact on every machine: by the
    parts of the floating point number, not by a logarithm.
    """
    if x == 0.0:
        return 0
    mantissa, exponent = math.frexp(abs(x))
    if exponent < _LEAST_EXPONENT:
        magnitude = 1
    else:
        magnitude = 2 * (exponent - _LEAST_EXPONENT) + (2 if mantissa >= math.sqrt(0.5) else 1)
    return magnitude if x > 0.0 else -magnitude


def logarithmic_bins(x: NDArray[np.float64]) -> NDArray[np.int64]:
    """Returns the same of each number; what NaN gets means nothing."""
    mantissa, exponent = np.frexp(np.abs(x))
    # What the exponent of infinity is, a machine may say as it likes.
    exponent = np.where(np.isinf(x), 0, exponent)
    within = 2 * (exponent.astype(np.int64) - _LEAST_EXPONENT) + np.where(mantissa >= math.sqrt(0.5), 2, 1)
    magnitude = np.where(exponent < _LEAST_EXPONENT, 1, within)
    return np.where(x == 0.0, 0, np.where(x > 0.0, magnitude, -magnitude))


def number_of_logarithmic_bin(place: int) -> float:
    """Returns some number of a bin that logarithmic_bin may return."""
    if place == 0:
        return 0.0
    octave, half = divmod(abs(place) - 1, 2)
    number = math.ldexp(0.75 if half else 0.5, octave + _LEAST_EXPONENT)
    return number if place > 0 else -number
