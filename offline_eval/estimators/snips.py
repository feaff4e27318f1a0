"""SNIPS: self-normalised inverse probability weighting."""

from __future__ import annotations

import math
from dataclasses import dataclass

from offline_eval.estimators.columns import Column, weight, weighted_reward
from offline_eval.estimators.estimator import Estimator
from offline_eval.estimators.evidence import Evidence


@dataclass(frozen=True, slots=True)
class Snips(Estimator):
    """sum w r / sum w (Swaminathan and Joachims, "The Self-Normalized Estimator for Counterfactual Learning", NeurIPS
    2015); the influence of a decision is w (r - value) / mean w.
    """

    kind = "SNIPS"
    promise = "consistent; within the range of the rewards"

    @property
    def columns(self) -> tuple[Column, ...]:
        return (weight, weighted_reward)

    def value(self, evidence: Evidence) -> float:
        mean_weight = evidence.mean(weight)
        return evidence.mean(weighted_reward) / mean_weight if mean_weight > 0.0 else math.nan

    def gradient(self, evidence: Evidence) -> dict[Column, float]:
        mean_weight = evidence.mean(weight)
        return {weighted_reward: 1.0 / mean_weight, weight: -self.value(evidence) / mean_weight}
