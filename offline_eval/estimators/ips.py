"""IPS: inverse probability weighting."""

from __future__ import annotations

from dataclasses import dataclass

from offline_eval.estimators.columns import Column, weighted_reward
from offline_eval.estimators.estimator import Averaged


@dataclass(frozen=True, slots=True)
class Ips(Averaged):
    """The mean of w r (Horvitz and Thompson, "A generalization of sampling without replacement from a finite universe",
    JASA 47, 1952).
    """

    kind = "IPS"
    promise = "unbiased"

    @property
    def columns(self) -> tuple[Column, ...]:
        return (weighted_reward,)
