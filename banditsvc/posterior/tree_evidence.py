"""Evidence of a tree: how probable what was learned is under a prior.

It is weighed for some dozens of priors at a time, so all that no prior changes is done once: only the joints of the tree
are looked at (see joints.py), only in the directions that some context has shown, and leaves are prepared (see leaves.py).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from banditsvc.posterior.joints import joints_of
from banditsvc.posterior.leaves import LEAST_TOLD, Leaves
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
        nodes, above = self._joints.nodes, self._joints.parents
        gram = statistics.gram[nodes, :size, :size]
        moment = statistics.moment[nodes, :size] - centre * gram[:, CONSTANT]
        turned = _seen(gram.sum(axis=0))
        gram, moment = turned.T @ gram @ turned, moment @ turned
        is_leaf = np.bincount(above, minlength=len(nodes)) == 0
        self._places = np.flatnonzero(is_leaf)
        self._leaves = Leaves(gram[is_leaf], moment[is_leaf])
        # What leaves tell comes from them alone.
        gram[is_leaf], moment[is_leaf] = 0.0, 0.0
        self._gram, self._moment = gram, moment
        depths = self._joints.depths
        inner = [np.flatnonzero((depths == depth) & ~is_leaf) for depth in range(int(depths.max()), -1, -1)]
        self._inner = [places for places in inner if len(places)]
        self._is_kin = np.array(statistics.parents) != ROOT
        self._counts = subtree_counts(statistics)

    def __call__(self, prior: Prior) -> float:
        """Returns the log of the probability of what was learned, but for a constant that no prior changes."""
        noise = self._totals.variance() * prior.noise_ratio
        scales = Scales(prior, noise, self._base, self._totals.weight)
        variances = self._variances(scales)
        told = self._leaves.passed_up(*variances[self._places][:, [CONSTANT, FIRST_FEATURE]].T / noise)
        gram, moment = self._gram.copy(), self._moment.copy()
        above = self._joints.parents[self._places].tolist()
        for place, more, what in zip(above, told.precision, told.information, strict=True):
            gram[place] += more
            moment[place] += what
        spread, explained = told.spread, told.explained / noise
        size = gram.shape[1]
        deviations = np.sqrt(variances)[:, np.minimum(np.arange(size), FIRST_FEATURE)]
        deviations[ROOT] = scales.of_root(size)
        levels = [(places, deviations[places]) for places in self._inner]
        for level in climb(self._joints.parents, levels, gram / noise, moment / noise):
            spread += 2.0 * float(np.log(np.diagonal(np.linalg.cholesky(level.inner), axis1=1, axis2=2)).sum())
            explained += float((level.information * level.mean).sum())
        # How probable the rewards are as noise alone, and what effects change of that.
        alone = self._totals.weight * float(np.log(noise)) + self._square / noise
        return 0.5 * (explained - spread - alone)

    def _variances(self, scales: Scales) -> NDArray[np.float64]:
        """Returns the prior variances of the joints' departures, shape (joints, 3): all features have that of the first."""
        return self._joints.departures @ scales.of(self._is_kin, self._counts, FIRST_FEATURE + 1) ** 2


def _seen(whole: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns orthogonal coordinates, shape (size, fewer), of which those of features leave out what no context shows.

    Features that exclude each other and few decisions leave much out. What is left out has its prior, that tells nothing;
    the prior is the same in all directions of the features.
    """
    told, directions = np.linalg.eigh(whole[FIRST_FEATURE:, FIRST_FEATURE:])
    seen = directions[:, told > LEAST_TOLD * told.max(initial=0.0)]
    turned = np.zeros((len(whole), FIRST_FEATURE + seen.shape[1]))
    turned[range(FIRST_FEATURE), range(FIRST_FEATURE)] = 1.0
    turned[FIRST_FEATURE:, FIRST_FEATURE:] = seen
    return turned
