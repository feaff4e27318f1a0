"""WeightedSums: all that IPS, SNIPS, Cressie-Read and their intervals need to know of a sample."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

import numpy as np

from offline_eval.estimators.sample import Sample
from offline_eval.intervals import Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightedSums:
    """Sums over decisions; those of two days or shards add up to those of both, `WeightedSums()` being nothing."""

    count: float = 0.0
    """Decisions."""
    w: float = 0.0
    """Sum of the weights."""
    ww: float = 0.0
    """Sum of w^2."""
    r: float = 0.0
    """Sum of the rewards."""
    wr: float = 0.0
    """Sum of w r."""
    wwr: float = 0.0
    """Sum of w^2 r."""
    wwrr: float = 0.0
    """Sum of w^2 r^2."""
    seen_weights: tuple[float, float] = (math.inf, -math.inf)
    """Smallest and largest weight of a decision."""
    seen_rewards: tuple[float, float] = (math.inf, -math.inf)
    """Smallest and largest reward of a decision."""
    greatest_weight: float = 1.0
    """Largest weight that any decision could have had (see Sample), of all that were added; at least the largest seen,
    and 1, the mean that weights have."""
    reward_range: tuple[float, float] = (math.inf, -math.inf)
    """Least and greatest reward that there can be (see Sample), of all that were added."""

    @classmethod
    def of(cls, sample: Sample) -> Self:
        """Returns the sums of a sample, each decision for itself (for units see `sample.unit`)."""
        weight, reward = sample.weight, sample.reward
        if not len(sample):
            return cls()
        weighted = weight * reward
        seen = _extremes(weight)
        return cls(
            count=float(len(sample)),
            w=float(weight.sum()),
            ww=_dot(weight, weight),
            r=float(reward.sum()),
            wr=float(weighted.sum()),
            wwr=_dot(weight, weighted),
            wwrr=_dot(weighted, weighted),
            seen_weights=seen,
            seen_rewards=_extremes(reward),
            greatest_weight=max(sample.greatest_weight, seen[1], 1.0),
            reward_range=sample.reward_range,
        )

    def __add__(self, other: Self) -> Self:
        """Returns the sums of both; where their bounds differ, the wider ones hold for both."""
        return type(self)(
            count=self.count + other.count,
            w=self.w + other.w,
            ww=self.ww + other.ww,
            r=self.r + other.r,
            wr=self.wr + other.wr,
            wwr=self.wwr + other.wwr,
            wwrr=self.wwrr + other.wwrr,
            seen_weights=_wider(self.seen_weights, other.seen_weights),
            seen_rewards=_wider(self.seen_rewards, other.seen_rewards),
            greatest_weight=max(self.greatest_weight, other.greatest_weight),
            reward_range=_wider(self.reward_range, other.reward_range),
        )

    @property
    def mean_weight(self) -> float:
        """Returns the mean weight, whose expectation is 1 where every probability is right; NaN for no decision."""
        return self.w / self.count if self.count else math.nan

    @property
    def effective_decisions(self) -> float:
        """Returns Kish's effective sample size (sum w)^2 / sum w^2; 0 where all weights are 0."""
        return self.w**2 / self.ww if self.ww > 0.0 else 0.0


def _dot(one: Floats, other: Floats) -> float:
    # Without the threads of a BLAS, which wait for each other on a busy machine.
    return float(np.einsum("i,i->", one, other))


def _extremes(values: Floats) -> tuple[float, float]:
    return float(np.min(values)), float(np.max(values))


def _wider(one: tuple[float, float], other: tuple[float, float]) -> tuple[float, float]:
    return min(one[0], other[0]), max(one[1], other[1])
