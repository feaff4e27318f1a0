"""The normal interval: the estimate and its standard error; it fails where few decisions are heavy and few buy."""

from __future__ import annotations

import math

import numpy as np
from scipy.stats import norm

from offline_eval.intervals.off_policy.unit_sums import UnitSums


def normal_ends(sums: UnitSums, level: float) -> tuple[float, float]:
    """Returns both ends, without bounds for fewer than two units.

    The influence of a unit is gain - V decisions (the delta method for a ratio of sums), so this is the mean of w r and
    its standard error where each decision is a unit.
    """
    if sums.count < 2.0:
        return -math.inf, math.inf
    influence = np.array([-sums.estimate, 0.0, 1.0])
    squares = max(float(influence @ sums.products @ influence), 0.0)
    error = math.sqrt(squares * sums.count / (sums.count - 1.0)) / float(sums.sums[0])
    half = float(norm.ppf(0.5 + 0.5 * level)) * error
    return sums.estimate - half, sums.estimate + half
