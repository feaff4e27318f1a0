"""Volume limits: how much of something the contacts of a whole audience may, or must, use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class VolumeLimit:
    """The use of all contacts together is at most, or at least, a bound.

    A share is a limit too: that at least a share s of all contacts is with some campaigns says that s - 1 for each of
    those, and s for each other contact, sum to at most 0.
    """

    name: str
    use: NDArray[np.float64]
    """What one contact with each entry uses, shape (K,)."""
    bound: float
    is_least: bool = False
    """Whether at least the bound is to be used."""


@dataclass(frozen=True, slots=True, eq=False)
class Caps:
    """All limits as upper ones: a least one is turned round. With prices of at least 0 an entry costs prices @ use.T."""

    use: NDArray[np.float64]
    """Shape (K, limits)."""
    bound: NDArray[np.float64]
    """Shape (limits,)."""
    sign: NDArray[np.float64]
    """-1 where a limit was turned round."""

    def for_share(self, share: float) -> Caps:
        """Returns the caps of a share of the customers."""
        return Caps(self.use, self.bound * share, self.sign)

    def with_nothing(self) -> Caps:
        """Returns the caps with one more entry, which uses nothing."""
        return Caps(np.concatenate([self.use, np.zeros((1, len(self.bound)))]), self.bound, self.sign)

    def entry_prices(self, prices: NDArray[np.float64]) -> NDArray[np.float64]:
        """Returns what each entry costs, below 0 where it is wanted, shape (K,)."""
        costs: NDArray[np.float64] = np.add.reduce(self.use * prices, axis=1)
        return costs


def as_caps(limits: Sequence[VolumeLimit]) -> Caps:
    """Returns limits as upper ones, in their order; there is at least one."""
    sign = np.array([-1.0 if limit.is_least else 1.0 for limit in limits])
    use = np.stack([limit.use for limit in limits], axis=1) * sign
    return Caps(np.ascontiguousarray(use), np.array([limit.bound for limit in limits]) * sign, sign)
