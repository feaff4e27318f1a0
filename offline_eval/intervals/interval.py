"""An interval, with what it promises."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum


class IntervalKind(StrEnum):
    """How often an interval may be read."""

    ANYTIME = "ANYTIME"
    """As often as one likes, stopping when one likes: the level holds over all readings together."""
    FIXED = "FIXED"
    """Once, at a sample size that was fixed beforehand: the level holds for that reading alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """Values that the data do not exclude; an end that is infinite says that there is no bound on that side."""

    low: float
    high: float
    kind: IntervalKind
    level: float
    """Confidence level, such as .95; that after any correction for many intervals."""

    @property
    def is_bounded(self) -> bool:
        """Returns whether both ends are finite."""
        return math.isfinite(self.low) and math.isfinite(self.high)

    def contains(self, value: float) -> bool:
        """Returns whether the value lies in the interval, its ends included."""
        return self.low <= value <= self.high
