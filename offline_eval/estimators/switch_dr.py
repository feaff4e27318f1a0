"""Switch-DR: the reward model alone where the weight is above a limit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from offline_eval.estimators.columns import Column, modeled_target, residual
from offline_eval.estimators.estimator import Averaged
from offline_eval.estimators.sample import Sample
from offline_eval.intervals import Floats


@dataclass(frozen=True, slots=True)
class SwitchedResidual:
    """The column w (r - q(choice)), 0 where w is above the limit."""

    limit: float

    def __call__(self, sample: Sample) -> Floats:
        """Returns it for each decision."""
        return np.where(sample.weight <= self.limit, sample.weight * residual(sample), 0.0)


@dataclass(frozen=True, slots=True)
class SwitchDr(Averaged):
    """The mean of q(target) + w (r - q(choice)) with w = 0 above the limit (Wang, Agarwal and Dudik, "Optimal and
    Adaptive Off-policy Evaluation in Contextual Bandits", ICML 2017).
    """

    kind = "Switch-DR"
    promise = "as biased as the reward model where weights are above the limit"
    limit: float
    is_tuned: bool = False

    @property
    def name(self) -> str:
        return f"{self.kind} at {self.limit:g}"

    @property
    def columns(self) -> tuple[Column, ...]:
        return (modeled_target, SwitchedResidual(self.limit))
