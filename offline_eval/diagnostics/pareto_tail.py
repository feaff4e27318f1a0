"""Pareto tail: how heavy the tail of the weights is, whatever the sample happened to hold of it."""

from __future__ import annotations

import math

import numpy as np

from offline_eval.intervals import Floats

LEAST_TAIL = 5
"""Weights in a tail below which nothing is said."""
_PRIOR_COUNT = 10
"""Observations that the weak prior around 1/2 counts as (Vehtari et al. 2024, appendix C)."""


def pareto_index(weight: Floats) -> float:
    """Returns the index k of a generalised Pareto distribution fitted to the tail of some weights.

    The tail are the largest min(n / 5, 3 sqrt(n)) weights (Vehtari, Simpson, Gelman, Yao and Gabry 2024, "Pareto smoothed
    importance sampling", section 3); the fit is that of Zhang and Stephens 2009, "A new and efficient estimation method for
    the generalized Pareto distribution". Above .5 the variance of a weighted mean is infinite, above .7 its estimate is of
    no use at any practical size. Weights that exploration's floor bounds have a small index however large they are.

    Returns:
        NaN where fewer than LEAST_TAIL weights are beyond the rest: there is no tail to speak of.
    """
    count = len(weight)
    size = int(min(math.ceil(count / 5), math.ceil(3.0 * math.sqrt(count)))) if count else 0
    if size < LEAST_TAIL:
        return math.nan
    ordered = np.sort(weight)
    excess = ordered[-size:] - ordered[-size - 1]
    excess = excess[excess > 0.0]
    return _index(excess) if len(excess) >= LEAST_TAIL else math.nan


def _index(excess: Floats) -> float:
    """Returns the index of rising values above 0."""
    count = len(excess)
    grid = 30 + int(math.sqrt(count))
    quartile = excess[int(count / 4.0 + 0.5) - 1]
    steps = np.arange(1, grid + 1) - 0.5
    candidates = 1.0 / excess[-1] + (1.0 - np.sqrt(grid / steps)) / (3.0 * quartile)
    index = np.mean(np.log1p(-candidates[:, None] * excess[None, :]), axis=1)
    # A candidate of exactly 0 is an exponential tail, the limit of its neighbours.
    with np.errstate(divide="ignore", invalid="ignore"):
        likelihood = count * (np.log(-candidates / index) - index - 1.0)
    likelihood = np.where(np.isfinite(likelihood), likelihood, -np.inf)
    share = np.exp(likelihood - likelihood.max())
    scale = float(np.sum(candidates * share) / share.sum())
    found = float(np.mean(np.log1p(-scale * excess)))
    return (found * count + 0.5 * _PRIOR_COUNT) / (count + _PRIOR_COUNT)
