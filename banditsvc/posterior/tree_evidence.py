"""Evidence of a tree: how probable what was learned is under a prior.

It is the same for the joints of the tree as for the whole (see joints.py), and costs as much less as there are fewer.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from banditsvc.posterior.joints import joints_of
from banditsvc.posterior.level import climb
from banditsvc.posterior.prior import Prior, Scales, subtree_counts
from banditsvc.posterior.statistics import CONSTANT, FIRST_FEATURE, ROOT, Statistics


class TreeEvidence:
    """The evidence of priors in some statistics."""

    def __init__(self, statistics: Statistics, centre: float, base: float) -> None:
        """Prepares what all priors share; the arguments are those of TreeFit."""
        size, totals = statistics.size, statistics.totals
        self._totals, self._base, self._joints = totals, base, joints_of(statistics)
        self._square = totals.square + centre * (centre * totals.weight - 2.0 * totals.reward)
        nodes = self._joints.nodes
        self._gram = statistics.gram[nodes, :size, :size]
        self._moment = statistics.moment[nodes, :size] - centre * self._gram[:, CONSTANT]
        self._is_kin = np.array(statistics.parents) != ROOT
        self._counts = subtree_counts(statistics)

    def __call__(self, prior: Prior) -> float:
        """Returns the log of the probability of what was learned, but for a constant that no prior changes."""
        noise = self._totals.variance() * prior.noise_ratio
        scales = Scales(prior, noise, self._base, self._totals.weight)
        # The log of the probability of the rewards as noise alone.
        total = -0.5 * (self._totals.weight * float(np.log(noise)) + self._square / noise)
        for level in climb(self._joints.parents, self._levels_up(scales), self._gram / noise, self._moment / noise):
            total -= float(np.log(np.diagonal(np.linalg.cholesky(level.inner), axis1=1, axis2=2)).sum())
            total += 0.5 * float((level.information * level.mean).sum())
        return total

    def _levels_up(self, scales: Scales) -> list[tuple[NDArray[np.intp], NDArray[np.float64]]]:
        """Returns the joints of each depth with their prior deviations, the deepest first, the root last."""
        size = self._gram.shape[1]
        # Those of a node's features are all alike.
        variances = scales.of(self._is_kin, self._counts, FIRST_FEATURE + 1) ** 2
        which = np.minimum(np.arange(size), FIRST_FEATURE)
        deviations = np.sqrt(self._joints.departures @ variances)[:, which]
        deviations[ROOT] = scales.of_root(size)
        depths = self._joints.depths
        levels = (np.flatnonzero(depths == depth) for depth in range(int(depths.max()), -1, -1))
        return [(nodes, deviations[nodes]) for nodes in levels]
