"""What intervals need to know of a sample: count, mean and variance, for one reading or for many at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Moments:
    """Count, mean and variance of a sample; arrays of one shape, with an entry for each reading."""

    count: Floats
    mean: Floats
    variance: Floats
    """Of a single value, with n - 1 below; NaN for fewer than two values."""
    uncommon: Floats
    """How many values differ from the commonest one: customers who bought, where most do not."""

    @classmethod
    def from_sums(cls, count: ArrayLike, total: ArrayLike, squares: ArrayLike, uncommon: ArrayLike) -> Self:
        """Returns the moments of samples of which only the sums of the values and of their squares are known."""
        counts, totals = np.asarray(count, dtype=np.float64), np.asarray(total, dtype=np.float64)
        with np.errstate(divide="ignore", invalid="ignore"):
            mean = totals / counts
            spread = np.maximum(np.asarray(squares, dtype=np.float64) - totals * mean, 0.0)
            variance = np.where(counts > 1.0, spread / (counts - 1.0), np.nan)
        return cls(count=counts, mean=mean, variance=variance, uncommon=np.asarray(uncommon, dtype=np.float64))

    @property
    def squared_error(self) -> Floats:
        """Returns the variance of the mean; NaN for fewer than two values."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return self.variance / self.count

    def without_values(self) -> Moments:
        """Returns the counts alone, for values that say nothing."""
        unknown = np.full_like(self.mean, np.nan)
        return Moments(count=self.count, mean=unknown, variance=unknown, uncommon=self.uncommon)

    def at(self, reading: int) -> Moments:
        """Returns the moments of one of many readings."""
        return Moments(
            count=self.count[..., reading],
            mean=self.mean[..., reading],
            variance=self.variance[..., reading],
            uncommon=self.uncommon[..., reading],
        )


def moments_of(values: ArrayLike) -> Moments:
    """Returns the moments of one sample, which may be empty."""
    sample = np.asarray(values, dtype=np.float64)
    commonest = np.unique(sample, return_counts=True)[1].max() if sample.size else 0
    return Moments(
        count=np.asarray(sample.size, dtype=np.float64),
        mean=np.asarray(sample.mean() if sample.size else np.nan),
        variance=np.asarray(sample.var(ddof=1) if sample.size > 1 else np.nan),
        uncommon=np.asarray(sample.size - commonest, dtype=np.float64),
    )


def cumulative_moments(values: ArrayLike, ends: ArrayLike) -> Moments:
    """Returns the moments of the first `ends[k]` values for each k; 0 is taken for the commonest value."""
    sample, places = np.asarray(values, dtype=np.float64), np.asarray(ends, dtype=np.intp)

    def sums(of: Floats) -> Floats:
        return np.concatenate([np.zeros(1), np.cumsum(of)])[places]

    nonzero = sums((sample != 0.0).astype(np.float64))
    return Moments.from_sums(places, sums(sample), sums(sample**2), nonzero)
