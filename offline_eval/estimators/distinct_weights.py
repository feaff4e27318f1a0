"""DistinctWeights: how often each weight occurred, and what was earned with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from offline_eval.estimators.sample import Sample
from offline_eval.intervals import Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class DistinctWeights:
    """A row for each weight that occurred; those of two days or shards add up to those of both.

    Policies with a few levels of probability have few of them; the most is one for each decision.
    """

    weight: Floats
    """In increasing order."""
    count: Floats
    """Decisions with that weight."""
    reward: Floats
    """Sum of their rewards."""

    @classmethod
    def of(cls, sample: Sample) -> Self:
        """Returns those of a sample."""
        return cls._grouped(sample.weight, np.ones(len(sample)), sample.reward)

    def __add__(self, other: Self) -> Self:
        """Returns those of both."""
        return self._grouped(
            np.concatenate([self.weight, other.weight]),
            np.concatenate([self.count, other.count]),
            np.concatenate([self.reward, other.reward]),
        )

    @classmethod
    def _grouped(cls, weight: Floats, count: Floats, reward: Floats) -> Self:
        found, place = np.unique(weight, return_inverse=True)
        return cls(
            weight=found,
            count=np.bincount(place, count, minlength=len(found)).astype(np.float64),
            reward=np.bincount(place, reward, minlength=len(found)).astype(np.float64),
        )
