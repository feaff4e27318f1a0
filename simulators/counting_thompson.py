"""Thompson sampling on the counts of each campaign, whoever the customer is: a baseline without context."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.exploration.best_of_normals import chances_of_best
from simulators.runs.contexts import Contexts
from simulators.runs.policy import Eligible, Learned


@dataclass
class _Count:
    decisions: int = 0
    total: float = 0.0


@dataclass
class CountingThompson:
    """Chooses each campaign with the probability that its mean reward is the greatest.

    A mean is taken to be normal about what was counted, with the mean of all campaigns as its prior mean and half of
    that as its prior deviation.
    """

    counts: dict[str, _Count] = field(default_factory=dict)
    totals: NDArray[np.float64] = field(default_factory=lambda: np.zeros(3))
    """Number, sum and sum of squares of all rewards."""

    def pmf(self, contexts: Contexts, eligible: Eligible) -> NDArray[np.float64]:
        """Returns the selection probabilities."""
        rows, count = eligible.mask.shape
        if self.totals[1] == 0.0:
            return np.full((rows, count), 1.0 / count)
        mean = self.totals[1] / self.totals[0]
        variance = max(self.totals[2] / self.totals[0] - mean * mean, 1e-12)
        known = [self.counts.get(campaign_id, _Count()) for campaign_id in eligible.campaign_ids]
        weight = 4.0 / mean**2
        precision = np.array([one.decisions / variance + weight for one in known])
        means = np.array([one.total / variance + weight * mean for one in known]) / precision
        chances = chances_of_best(means[None, :], np.sqrt(1.0 / precision)[None, :], np.ones((1, count)))
        return np.repeat(chances, len(contexts), axis=0)

    def learn(self, batch: Learned) -> None:
        """Counts what came of some decisions."""
        ids = batch.eligible.campaign_ids
        for chosen, reward in zip(batch.chosen.tolist(), batch.reward.tolist(), strict=True):
            one = self.counts.setdefault(ids[chosen], _Count())
            one.decisions += 1
            one.total += reward
            self.totals += (1.0, reward, reward * reward)
