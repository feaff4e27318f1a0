"""The bootstrap interval: percentiles of the estimate over resampled units."""

from __future__ import annotations

import numpy as np

from offline_eval.intervals.moments import Floats
from offline_eval.intervals.off_policy.units import Units

_SEED = 20_081


def bootstrap_ends(units: Units, level: float, resamples: int = 1_000) -> tuple[float, float]:
    """Returns the percentiles, at least one unit being given (Efron 1979); the same units give the same ends.

    Most gains are 0. How many others a resample has is binomial, so only those are drawn one by one: the same
    distribution, 25 times as fast where 5 % of decisions bring something. Units of several decisions are drawn whole.
    """
    rng = np.random.default_rng(_SEED)
    means = _of_decisions(units, rng, resamples) if units.decisions is None else _of_units(units, rng, resamples)
    tail = 50.0 * (1.0 - level)
    low, high = np.percentile(means, [tail, 100.0 - tail])
    return float(low), float(high)


def _of_decisions(units: Units, rng: np.random.Generator, resamples: int) -> Floats:
    kept, size = units.gain[units.gain != 0.0], len(units)
    if not len(kept):
        return np.zeros(resamples)
    drawn = rng.binomial(size, len(kept) / size, size=resamples)
    return np.array([float(kept[rng.integers(0, len(kept), one)].sum()) / size for one in drawn])


def _of_units(units: Units, rng: np.random.Generator, resamples: int) -> Floats:
    assert units.decisions is not None
    size, means = len(units), np.empty(resamples)
    for place in range(resamples):
        drawn = rng.integers(0, size, size)
        means[place] = float(units.gain[drawn].sum()) / float(units.decisions[drawn].sum())
    return means
