"""Cressie-Read: the decisions reweighted, as little as can be, until their mean weight is 1."""

from __future__ import annotations

import math
from dataclasses import dataclass

from offline_eval.estimators.columns import Column
from offline_eval.estimators.estimator import Estimator
from offline_eval.estimators.evidence import Evidence
from offline_eval.estimators.reweighting import REWEIGHTED_COLUMNS, reweighting_gradient
from offline_eval.estimators.weighted_sums import WeightedSums


@dataclass(frozen=True, slots=True)
class CressieRead(Estimator):
    """The least change by the Cressie-Read divergence of power -2 (Karampatziakis, Langford and Mineiro, "Empirical
    Likelihood for Contextual Bandits", NeurIPS 2020), in closed form.

    One more decision is imagined whose weight makes a mean of 1 possible: the largest that there can be where the mean is
    below 1, and 0 where it is above. What is left to it is taken to have brought the mean reward.
    """

    kind = "Cressie-Read"
    promise = "consistent; the least variance in large samples without a reward model"

    @property
    def columns(self) -> tuple[Column, ...]:
        return REWEIGHTED_COLUMNS

    def value(self, evidence: Evidence) -> float:
        return cressie_read_value(evidence.sums)

    def gradient(self, evidence: Evidence) -> dict[Column, float]:
        return reweighting_gradient(evidence.sums)


def cressie_read_value(sums: WeightedSums) -> float:
    """Returns the value of at least one decision."""
    imagined = sums.greatest_weight if sums.w < sums.count else 0.0
    total = 1.0 + sums.count
    if math.isinf(imagined):
        slope, level = 0.0, total / sums.count
    else:
        mean, square = (imagined + sums.w) / total, (imagined**2 + sums.ww) / total
        variance = square - mean**2
        if variance <= _ROUNDING * square:  # all weights are 1 but for rounding
            return sums.r / sums.count
        slope, level = (mean - 1.0) / variance, (square - mean) / variance
    value = (level * sums.wr - slope * sums.wwr) / total
    left = max(0.0, 1.0 - (level * sums.w - slope * sums.ww) / total)
    return value + left * sums.r / sums.count


_ROUNDING = 1e-14
