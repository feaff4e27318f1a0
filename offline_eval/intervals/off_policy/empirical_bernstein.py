"""The empirical Bernstein interval of Maurer and Pontil: proved at every sample size, and wide."""

from __future__ import annotations

import math

import numpy as np

from offline_eval.intervals.off_policy.unit_sums import UnitSums


def empirical_bernstein_ends(sums: UnitSums, level: float) -> tuple[float, float]:
    """Returns both ends, the whole range for fewer than two units.

    The mean of n values in a range R lies within sqrt(2 v ln(4 / alpha) / n) + 7 R ln(4 / alpha) / (3 (n - 1)) of its
    expectation, v being their variance (Maurer and Pontil, "Empirical Bernstein Bounds and Sample Variance
    Penalization", COLT 2009, theorem 4, on either side). The values are w r, or (w_target - w_base) r.
    """
    bounds, count = sums.bounds, sums.count
    if count < 2.0:
        return bounds.truth
    corners = [weight * reward for weight in bounds.weight for reward in bounds.gain]
    width, log = max(corners) - min(corners), math.log(4.0 / (1.0 - level))
    centred = np.array([-sums.estimate, 0.0, 1.0])
    variance = max(float(centred @ sums.products @ centred), 0.0) / (count - 1.0)
    half = math.sqrt(2.0 * variance * log / count) + 7.0 * width * log / (3.0 * (count - 1.0))
    return max(sums.estimate - half, bounds.truth[0]), min(sums.estimate + half, bounds.truth[1])
