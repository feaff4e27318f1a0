"""Evidence of a tree: how probable what was learned is under a prior.

It is weighed for some dozens of priors at a time, so all that no prior changes is done once: only the joints of the tree
are looked at (see joints.py), only in the directions that some context has shown, and leaves are prepared (see leaves.py).
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from banditsvc.posterior.joints import joints_of
from banditsvc.posterior.leaves import LEAST_TOLD, Leaves
from banditsvc.posterior.level import Level, climb
from banditsvc.posterior.prior import Prior, Scales, subtree_counts
from banditsvc.posterior.statistics import CONSTANT, FIRST_FEATURE, ROOT, Statistics


class _Below(NamedTuple):
    """What the root gets from the joints below it, its own added, over the noise."""

    precision: NDArray[np.float64]
    information: NDArray[np.float64]
    spread: float
    """As in PassedUp; likewise what is explained."""
    explained: float


class TreeEvidence:
    """The evidence of priors in some statistics."""

    def __init__(self, statistics: Statistics, centre: float, base: float) -> None:
        """Prepares what all priors share; the arguments are those of TreeFit."""
        size, totals = statistics.size, statistics.totals
        self._totals, self._base = totals, base
        self._square = totals.square + centre * (centre * totals.weight - 2.0 * totals.reward)
        joints = joints_of(statistics)
        nodes, above, self._departures = joints.nodes, joints.parents, joints.departures
        gram = statistics.gram[nodes, :size, :size]
        moment = statistics.moment[nodes, :size] - centre * gram[:, CONSTANT]
        turned = _seen(gram.sum(axis=0))
        gram, moment = turned.T @ gram @ turned, moment @ turned
        is_inner = np.bincount(above, minlength=len(nodes)) > 0
        self._is_inner = is_inner
        self._leaves = Leaves(gram[~is_inner], moment[~is_inner])
        self._gram, self._moment = gram[is_inner], moment[is_inner]
        # Inner joints are told by their places among themselves.
        parents = (np.cumsum(is_inner) - 1)[above]
        self._parents, self._parents_of_leaves = parents[is_inner], parents[~is_inner].tolist()
        depths = joints.depths[is_inner]
        levels = [np.flatnonzero(depths == depth) for depth in range(int(depths.max()), 0, -1)]
        self._levels = [places for places in levels if len(places)]
        self._is_kin = np.array(statistics.parents) != ROOT
        self._counts = subtree_counts(statistics)
        self._below: dict[Prior, _Below] = {}

    def __call__(self, prior: Prior) -> float:
        """Returns the log of the probability of what was learned, but for a constant that no prior changes."""
        noise = self._totals.variance() * prior.noise_ratio
        scales = Scales(prior, noise, self._base, self._totals.weight)
        # What campaigns have in common is the root's alone: priors that differ in nothing else share what is below it.
        others = replace(prior, shared=0)
        below = self._below.get(others)
        if below is None:
            below = self._below[others] = self._passed_up(scales, noise)
        deviations = scales.of_root(len(below.information))
        root = Level(np.array([ROOT]), deviations[None], below.precision[None], below.information[None])
        spread, explained = below.spread + _spread(root), below.explained + _explained(root)
        # How probable the rewards are as noise alone, and what effects change of that.
        alone = self._totals.weight * float(np.log(noise)) + self._square / noise
        return 0.5 * (explained - spread - alone)

    def _passed_up(self, scales: Scales, noise: float) -> _Below:
        variances = self._variances(scales)
        told = self._leaves.passed_up(*variances[~self._is_inner][:, [CONSTANT, FIRST_FEATURE]].T / noise)
        precision, information = self._gram.copy(), self._moment.copy()
        for place, more, what in zip(self._parents_of_leaves, told.precision, told.information, strict=True):
            precision[place] += more
            information[place] += what
        precision /= noise
        information /= noise
        spread, explained = told.spread, told.explained / noise
        deviations = np.sqrt(variances[self._is_inner])[:, np.minimum(np.arange(precision.shape[1]), FIRST_FEATURE)]
        levels = [(places, deviations[places]) for places in self._levels]
        for level in climb(self._parents, levels, precision, information):
            spread += _spread(level)
            explained += _explained(level)
        return _Below(precision[ROOT].copy(), information[ROOT].copy(), spread, explained)

    def _variances(self, scales: Scales) -> NDArray[np.float64]:
        """Returns the prior variances of the joints' departures, shape (joints, 3): all features have that of the first."""
        return self._departures @ scales.of(self._is_kin, self._counts, FIRST_FEATURE + 1) ** 2


def _spread(level: Level) -> float:
    """Returns the log of the determinants of I + S A S, all together."""
    return 2.0 * float(np.log(np.diagonal(np.linalg.cholesky(level.inner), axis1=1, axis2=2)).sum())


def _explained(level: Level) -> float:
    return float((level.information * level.mean).sum())


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
