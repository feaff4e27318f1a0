"""Order values: what a purchase is worth."""

from __future__ import annotations

import math

from pydantic import Field

from simulators.worlds.table import MOST_NUMBER, Number, Positive, Share, Sigma, Table


class OrderValue(Table):
    """Lognormal, with a heavy tail for a share of the orders."""

    median: Positive = 40.0
    """Of the orders without the tail, in the world's currency."""
    sigma: Sigma = 0.8
    """Standard deviation of the logarithm."""
    tail_share: Share = 0.0
    """Share of orders that are multiplied by a Pareto draw, at least 1."""
    tail_alpha: Number = Field(default=2.5, gt=1.0, le=MOST_NUMBER)
    """Its index: the smaller, the heavier. At most 2 the variance is infinite."""

    @property
    def mean(self) -> float:
        """Returns the mean order value."""
        tail = self.tail_alpha / (self.tail_alpha - 1.0)
        return self.median * math.exp(0.5 * self.sigma**2) * (1.0 + self.tail_share * (tail - 1.0))
