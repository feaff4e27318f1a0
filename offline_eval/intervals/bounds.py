"""Lower and upper ends of intervals, for one reading or for many at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from offline_eval.intervals.interval import Interval
from offline_eval.intervals.interval_spec import IntervalSpec
from offline_eval.intervals.moments import Floats, Moments


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Ends of intervals, an entry for each reading; an infinite end bounds nothing."""

    low: Floats
    high: Floats

    def excludes(self, value: float) -> NDArray[np.bool_]:
        """Returns for each reading whether the value lies outside its interval."""
        return np.asarray((self.low > value) | (self.high < value))

    def interval(self, spec: IntervalSpec) -> Interval:
        """Returns the interval of the only reading."""
        return Interval(low=float(self.low), high=float(self.high), kind=spec.kind, level=spec.level)


def symmetric(estimate: Floats, half_width: Floats, known: NDArray[np.bool_]) -> Bounds:
    """Returns estimates plus and minus half widths, without bounds where `known` is false."""
    usable = known & np.isfinite(estimate) & np.isfinite(half_width)
    return Bounds(
        low=np.where(usable, estimate - half_width, -np.inf),
        high=np.where(usable, estimate + half_width, np.inf),
    )


def has_enough(spec: IntervalSpec, *samples: Moments) -> NDArray[np.bool_]:
    """Returns for each reading whether all samples have the customers and the uncommon values that are asked for.

    A sample of equal values has no spread to judge by: it never has enough.
    """
    enough = [
        (sample.count >= spec.least_customers) & (sample.uncommon >= spec.least_uncommon) & (sample.variance > 0.0)
        for sample in samples
    ]
    return np.asarray(np.logical_and.reduce(enough))
