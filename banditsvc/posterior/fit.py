"""Fitting: the exact posterior of a tree of linear effects, up from the campaigns and down again.

y = z'theta_k + noise for a decision of node k; theta_k = theta_parent + delta_k, delta_k normal with the prior's
deviations. Given its parent a node is independent of the others, so all is fitted jointly by passing messages: with A
the precision and b the information of what was learned of a node and below, over the noise, and S its prior
deviations, C = S (I + S A S)^-1 S is the covariance of delta_k given its parent, A - A C A and b - A C b go up to the
parent, and theta_k = theta_parent + C (b - A theta_parent), whose covariance is C + (I - C A) V_parent (I - C A)',
comes down (the Schur complement of a block arrow matrix, level by level; Kalman smoothing on a tree: Chou, Willsky and
Benveniste 1994).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from banditsvc.posterior.level import climb, scaled
from banditsvc.posterior.prior import Prior, Scales, subtree_counts
from banditsvc.posterior.statistics import CONSTANT, ROOT, Statistics


@dataclass(frozen=True, slots=True, eq=False)
class Posterior:
    """What is known of each node's effects, relative to the centre of the rewards."""

    mean: NDArray[np.float64]
    """Shape (nodes, size)."""
    covariance: NDArray[np.float64]
    """Shape (nodes, size, size)."""
    common: NDArray[np.float64]
    """Covariance of what all nodes have in common, shape (size, size): no choice between them depends on it."""
    newcomer: NDArray[np.float64]
    """Prior variance with which a new descendant of each node would depart from it, shape (nodes, size)."""


class TreeFit:
    """The posterior of some statistics under any prior."""

    def __init__(self, statistics: Statistics, centre: float, base: float) -> None:
        """Prepares what all priors share.

        Args:
            statistics: What was learned.
            centre: What is taken off every scaled reward.
            base: Mean reward above that of no response, on the same scale.
        """
        count, size = statistics.node_count, statistics.size
        self._totals, self._base, self._size = statistics.totals, base, size
        self._gram = statistics.gram[:count, :size, :size]
        self._moment = statistics.moment[:count, :size] - centre * self._gram[:, CONSTANT]
        self._parents = np.array(statistics.parents)
        self._depths = np.array(statistics.depths)
        self._counts = subtree_counts(statistics)

    def posterior(self, prior: Prior) -> Posterior:
        """Returns the posterior under a prior."""
        noise = self._totals.variance() * prior.noise_ratio
        scales = Scales(prior, noise, self._base, self._totals.weight)
        precision, information = self._gram / noise, self._moment / noise
        common = _common(precision.sum(axis=0), scales)
        mean, covariance = np.empty(information.shape), np.empty(precision.shape)
        for level in reversed(list(climb(self._parents, self._levels_up(scales), precision, information))):
            nodes, given, above = level.nodes, level.given(), self._parents[level.nodes]
            if nodes[0] == ROOT:
                mean[nodes], covariance[nodes] = level.mean, given
            else:
                kept = level.kept()
                mean[nodes] = level.mean + (kept @ mean[above][:, :, None])[:, :, 0]
                covariance[nodes] = given + kept @ covariance[above] @ kept.transpose(0, 2, 1)
        is_kin = np.arange(len(self._parents)) != ROOT
        newcomer = scales.of(is_kin, np.zeros(len(is_kin)), self._size) ** 2
        return Posterior(mean, covariance, common, newcomer)

    def _levels_up(self, scales: Scales) -> Iterator[tuple[NDArray[np.intp], NDArray[np.float64]]]:
        """Yields the nodes of each depth with their prior deviations, the deepest first, the root last."""
        for depth in range(int(self._depths.max()), 0, -1):
            nodes = np.flatnonzero(self._depths == depth)
            yield nodes, scales.of(self._parents[nodes] != ROOT, self._counts[nodes], self._size)
        yield np.array([ROOT]), scales.of_root(self._size)[None, :]


def _common(precision: NDArray[np.float64], scales: Scales) -> NDArray[np.float64]:
    """Returns the covariance of the mean of all nodes' effects by their precision: what all have in common.

    With H = (sum of A_k + S_root^-2)^-1 that mean, u = H (sum of A_k theta_k + S_root^-2 theta_root), has the
    covariance H with every theta_k and with itself, so theta_k - u has the covariance V_k - H.
    """
    deviations = scales.of_root(len(precision))
    inverse = np.linalg.inv(scaled(precision[None], deviations[None]))[0]
    common: NDArray[np.float64] = deviations[:, None] * inverse * deviations
    return common
