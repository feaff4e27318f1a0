"""Smoothed choice: each customer takes what is best less its price, nearly; the dual of that is smooth and convex.

With a width w the best of a row gives way to w log sum exp(. / w), whose slope by the prices is the use of a softmax
choice. The prices at which it is least approach those of the linear programme as w falls.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.optimum.complementarity import Reading
from banditsvc.core.optimum.volume_limit import Caps


class SmoothedChoice:
    """The dual at a width, over rows of rewards that are -infinity where an entry is not eligible."""

    def __init__(self, rewards: NDArray[np.float64], caps: Caps, width: float) -> None:
        self._rewards = rewards
        self._caps = caps
        self._width = width
        self._at: NDArray[np.float64] | None = None
        self._shares = rewards
        """Of the choice at those prices."""

    def read(self, prices: NDArray[np.float64]) -> Reading:
        """Returns the dual's value, and what room the limits have."""
        left = (self._rewards - self._caps.entry_prices(prices)) / self._width
        best = np.maximum.reduce(left, axis=1, keepdims=True)
        left -= best
        shares = np.exp(left, out=left)
        sums = np.add.reduce(shares, axis=1, keepdims=True)
        shares /= sums
        self._at, self._shares = prices, shares
        value = self._width * float(np.add.reduce(best + np.log(sums), axis=None)) + float(prices @ self._caps.bound)
        return Reading(value, self._caps.bound - np.add.reduce(shares, axis=0) @ self._caps.use)

    def slope(self, prices: NDArray[np.float64]) -> NDArray[np.float64]:
        """Returns the Hessian of the dual."""
        if self._at is not prices:
            self.read(prices)
        moved = np.diag(np.add.reduce(self._shares, axis=0)) - self._shares.T @ self._shares
        hessian: NDArray[np.float64] = self._caps.use.T @ moved @ self._caps.use / self._width
        return hessian
