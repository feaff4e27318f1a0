"""DRos: DR with shrunken weights."""

from __future__ import annotations

import math
from dataclasses import dataclass

from offline_eval.estimators.columns import Column, modeled_target, residual
from offline_eval.estimators.estimator import Averaged
from offline_eval.estimators.sample import Sample
from offline_eval.intervals import Floats


@dataclass(frozen=True, slots=True)
class ShrunkResidual:
    """The column s w / (w^2 + s) (r - q(choice)); an infinite s leaves w as it is."""

    strength: float

    def __call__(self, sample: Sample) -> Floats:
        """Returns it for each decision."""
        weight = sample.weight
        if math.isfinite(self.strength):
            # Weights of 0 stay 0, also with s = 0.
            weight = self.strength * weight / (weight**2 + self.strength + (weight == 0.0))
        return weight * residual(sample)


@dataclass(frozen=True, slots=True)
class ShrunkDr(Averaged):
    """The mean of q(target) + s w / (w^2 + s) (r - q(choice)): DM at s = 0, DR at infinity (Su, Dimakopoulou, Krishnamurthy
    and Dudik, "Doubly robust off-policy evaluation with shrinkage", ICML 2020, equation 9).
    """

    kind = "DRos"
    promise = "between DM and DR, by its strength"
    strength: float
    """s, at least 0."""
    is_tuned: bool = False

    @property
    def name(self) -> str:
        return f"{self.kind} at {self.strength:g}"

    @property
    def columns(self) -> tuple[Column, ...]:
        return (modeled_target, ShrunkResidual(self.strength))
