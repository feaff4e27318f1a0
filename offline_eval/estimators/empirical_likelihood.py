"""Empirical likelihood: the likeliest distribution of weights and rewards whose mean weight is 1."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from offline_eval.estimators.columns import Column
from offline_eval.estimators.distinct_weights import DistinctWeights
from offline_eval.estimators.estimator import Estimator
from offline_eval.estimators.evidence import Evidence
from offline_eval.estimators.reweighting import REWEIGHTED_COLUMNS, reweighting_gradient


@dataclass(frozen=True, slots=True)
class EmpiricalLikelihood(Estimator):
    """The nonparametric maximum likelihood estimate (Karampatziakis, Langford and Mineiro, "Empirical Likelihood for
    Contextual Bandits", NeurIPS 2020, section 3).

    Each decision gets the probability 1 / (n + b (w - 1)), with b so that the mean weight is 1. Mass that is left over is
    taken to have brought the mean reward.
    """

    kind = "empirical likelihood"
    promise = "consistent; the least variance in large samples without a reward model"
    needs_weights = True

    @property
    def columns(self) -> tuple[Column, ...]:
        return REWEIGHTED_COLUMNS

    def value(self, evidence: Evidence) -> float:
        if evidence.weights is None:
            raise ValueError("empirical likelihood needs the distinct weights: make the evidence with keeps_weights")
        seen, sums = evidence.weights, evidence.sums
        probability = 1.0 / (sums.count + _multiplier(seen, sums.count, sums.greatest_weight) * (seen.weight - 1.0))
        left = max(0.0, 1.0 - float(np.sum(seen.count * seen.weight * probability)))
        return float(np.sum(seen.weight * seen.reward * probability)) + left * sums.r / sums.count

    def gradient(self, evidence: Evidence) -> dict[Column, float]:
        return reweighting_gradient(evidence.sums)


def _multiplier(seen: DistinctWeights, count: float, greatest_weight: float) -> float:
    """Returns b: the root, between the limits at which a probability would be above 1, or the limit that is nearer."""
    apart = seen.weight - 1.0

    def gradient(multiplier: float) -> float:
        return float(np.sum(seen.count * apart / (count + multiplier * apart)))

    least, most = float(apart[0]), float(apart[-1])
    low = count / (1.0 - greatest_weight) if greatest_weight > 1.0 else 0.0
    low = max(low, (1.0 - count) / most) if most > 0.0 else low
    high = min(count, (1.0 - count) / least) if least < 0.0 else count
    at_low, at_high = gradient(low), gradient(high)
    if at_low * at_high < 0.0:
        return float(brentq(gradient, low, high))
    return low if at_low < 0.0 else high
