"""Clipped IPS: no weight counts more than a limit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from offline_eval.estimators.columns import Column
from offline_eval.estimators.estimator import Averaged
from offline_eval.estimators.sample import Sample
from offline_eval.intervals import Floats


@dataclass(frozen=True, slots=True)
class ClippedReward:
    """The column min(w, limit) r."""

    limit: float

    def __call__(self, sample: Sample) -> Floats:
        """Returns it for each decision."""
        return np.minimum(sample.weight, self.limit) * sample.reward


@dataclass(frozen=True, slots=True)
class ClippedIps(Averaged):
    """The mean of min(w, limit) r (Ionides, "Truncated importance sampling", JCGS 17, 2008)."""

    kind = "clipped IPS"
    promise = "too low where rewards are not negative, by what was clipped"
    limit: float
    """Largest weight that counts in full, at least 1."""
    is_tuned: bool = False

    @property
    def name(self) -> str:
        return f"{self.kind} at {self.limit:g}"

    @property
    def columns(self) -> tuple[Column, ...]:
        return (ClippedReward(self.limit),)
