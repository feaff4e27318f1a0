"""SNDR: DR whose weights are divided by their mean."""

from __future__ import annotations

import math
from dataclasses import dataclass

from offline_eval.estimators.columns import Column, modeled_target, weight, weighted_residual
from offline_eval.estimators.estimator import Estimator
from offline_eval.estimators.evidence import Evidence


@dataclass(frozen=True, slots=True)
class SelfNormalisedDr(Estimator):
    """mean q(target) + sum w (r - q(choice)) / sum w (Thomas and Brunskill, "Data-Efficient Off-Policy Policy Evaluation
    for Reinforcement Learning", ICML 2016).
    """

    kind = "SNDR"
    promise = "consistent, steadier than DR where weights are large"

    @property
    def columns(self) -> tuple[Column, ...]:
        return (modeled_target, weighted_residual, weight)

    def value(self, evidence: Evidence) -> float:
        return evidence.mean(modeled_target) + _correction(evidence)

    def gradient(self, evidence: Evidence) -> dict[Column, float]:
        mean_weight = evidence.mean(weight)
        return {
            modeled_target: 1.0,
            weighted_residual: 1.0 / mean_weight,
            weight: -_correction(evidence) / mean_weight,
        }


def _correction(evidence: Evidence) -> float:
    mean_weight = evidence.mean(weight)
    return evidence.mean(weighted_residual) / mean_weight if mean_weight > 0.0 else math.nan
