"""The range of differences of weights: what makes intervals of policies that are near to each other narrow."""

from __future__ import annotations

import math

import numpy as np

from offline_eval.intervals.moments import Floats
from offline_eval.logged import Logged

_SUM_TOLERANCE = 1e-3
"""How far from 1 logged probabilities of a decision may sum up, as some logs round them."""


def difference_weight_range(logged: Logged, target: Floats, base: Floats) -> tuple[float, float]:
    """Returns the least and the greatest (target - base) / p of any eligible entry, chosen or not.

    Policies that are alike have weights that are far nearer to each other than their own bounds are: with a floor of .12
    instead of .10 no two differ by more than .2, where each may be 100. Infinite where the log tells the probability of
    the choice alone.

    Args:
        logged: Decisions.
        target: Target probability of each entry.
        base: That of the policy to compare it to.
    """
    probability = logged.entries.probability
    sums = logged.entries.total(probability)
    if not len(logged) or not (np.abs(sums - 1.0) <= _SUM_TOLERANCE).all():
        return -math.inf, math.inf
    apart = np.divide(target - base, probability, out=np.zeros(len(target)), where=probability > 0.0)
    return min(float(apart.min()), 0.0), max(float(apart.max()), 0.0)
