"""Differences of two policies, paired by seed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtr, stdtrit

LEAST_SEEDS = 5
"""With fewer seeds nothing is concluded: Student's interval would be long, and lean on the shape of the distribution."""
_ROUNDING = 1e-9
"""Differences that are closer together than this share of them are the same."""


class Conclusion(StrEnum):
    """What may be said of a difference."""

    HIGHER = "HIGHER"
    LOWER = "LOWER"
    UNDECIDED = "UNDECIDED"
    """The interval includes 0, or the same difference with so few seeds tells nothing of others."""
    REFUSED = "REFUSED"
    """There are fewer than LEAST_SEEDS seeds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedDifference:
    """The mean over seeds of one policy's value less another's in the same world with the same seed.

    Both runs of a seed share their draws, so that what is common to both cancels. The interval is Student's, of the
    differences of independent seeds: for one reading at a number of seeds that was fixed beforehand.

    Where the difference is the same with every seed, Student's interval would be a point after any number of them. Then
    it is that of the sign test for the median (Conover, "Practical Nonparametric Statistics", 3rd edition, section 3.4):
    from the least to the greatest difference, which is that point, at a level of up to 1 - 2^(1 - seeds), and without
    ends above it. No difference with any seed is no difference, at every level.
    """

    seeds: int
    value: float
    """NaN without any seed."""
    spread: float
    """Standard deviation over seeds; 0 where all are the same to within rounding, NaN with fewer than two."""

    @classmethod
    def of(cls, differences: ArrayLike) -> PairedDifference:
        """Returns the difference of which there is one value for each seed."""
        sample = np.asarray(differences, dtype=np.float64)
        value = float(sample.mean()) if len(sample) else math.nan
        spread = float(sample.std(ddof=1)) if len(sample) > 1 else math.nan
        return cls(seeds=len(sample), value=value, spread=0.0 if spread <= _ROUNDING * abs(value) else spread)

    @property
    def p_value(self) -> float:
        """Returns the two-sided p-value of no difference; 1 with fewer than LEAST_SEEDS seeds."""
        if self.seeds < LEAST_SEEDS:
            return 1.0
        if self.spread == 0.0:
            return 1.0 if self.value == 0.0 else 2.0 ** (1 - self.seeds)
        return float(2.0 * stdtr(self.seeds - 1, -abs(self.value) / self._error))

    def interval(self, level: float) -> tuple[float, float]:
        """Returns the ends of the interval of that confidence level; infinite where the seeds are too few for it."""
        if self.seeds < LEAST_SEEDS or not self._varies_or_tells(level):
            return -math.inf, math.inf
        half = float(stdtrit(self.seeds - 1, 0.5 + 0.5 * level)) * self._error
        return self.value - half, self.value + half

    def conclusion(self, level: float) -> Conclusion:
        """Returns what the interval of that level says."""
        if self.seeds < LEAST_SEEDS:
            return Conclusion.REFUSED
        low, high = self.interval(level)
        if low > 0.0:
            return Conclusion.HIGHER
        return Conclusion.LOWER if high < 0.0 else Conclusion.UNDECIDED

    def seeds_to_tell(self, level: float, power: float = 0.8, most: int = 100_000) -> int | None:
        """Returns how many seeds in all would tell a difference of this size, with that chance; None: more than most.

        The least n with t(n-1, (1 + level) / 2) + t(n-1, power) <= |value| / spread x root of n, the usual
        approximation of the power of Student's test by the central distribution. Of differences that are all the same,
        the least n with 2^(1 - n) <= 1 - level.
        """
        if self.seeds < 2 or self.value == 0.0:
            return None
        if self.spread == 0.0:
            return max(LEAST_SEEDS, 1 + math.ceil(-math.log2(1.0 - level)))
        counts = np.arange(LEAST_SEEDS, most + 1)
        needed = stdtrit(counts - 1, 0.5 + 0.5 * level) + stdtrit(counts - 1, power)
        enough = np.flatnonzero(needed <= abs(self.value) / self.spread * np.sqrt(counts))
        return int(counts[enough[0]]) if len(enough) else None

    def _varies_or_tells(self, level: float) -> bool:
        """Returns whether it varies or, being the same with every seed, was seen often enough for the level."""
        return self.spread > 0.0 or self.value == 0.0 or self.p_value <= 1.0 - level

    @property
    def _error(self) -> float:
        return self.spread / math.sqrt(self.seeds)
