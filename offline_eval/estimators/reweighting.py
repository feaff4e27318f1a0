"""How the value moves that is made by reweighting decisions until their mean weight is 1."""

from __future__ import annotations

from offline_eval.estimators.columns import Column, weight, weighted_reward
from offline_eval.estimators.weighted_sums import WeightedSums

REWEIGHTED_COLUMNS: tuple[Column, ...] = (weight, weighted_reward)


def reweighting_gradient(sums: WeightedSums) -> dict[Column, float]:
    """Returns the gradient of w r - b (w - 1) with b = cov(w r, w) / var w.

    In large samples every estimator that reweights decisions to a mean weight of 1 is this regression on the weights
    (Owen, *Empirical Likelihood*, 2001, section 3.4, for all of the Cressie-Read family).
    """
    mean_weight = sums.w / sums.count
    variance = sums.ww / sums.count - mean_weight**2
    covariance = sums.wwr / sums.count - mean_weight * sums.wr / sums.count
    return {weighted_reward: 1.0, weight: -covariance / variance if variance > 0.0 else 0.0}
