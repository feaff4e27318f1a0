"""Estimators of what a policy is worth, from decisions that another one made."""

from __future__ import annotations

from offline_eval.estimators.sample import Sample
from offline_eval.estimators.weighted_sums import WeightedSums

__all__ = ["Sample", "WeightedSums"]
