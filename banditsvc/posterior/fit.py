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

from banditsvc.posterior.prior import Prior, Scales, subtree_counts
from banditsvc.posterior.statistics import ROOT, Statistics

LEAST_NOISE = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Posterior:
    """What is known of each node's effects, relative to the centre of the rewards."""

    mean: NDArray[np.float64]
    """Shape (nodes, size)."""
    covariance: NDArray[np.float64]
    """Shape (nodes, size, size)."""
    newcomer: NDArray[np.float64]
    """Prior variance with which a new descendant of each node would depart from it, shape (nodes, size)."""


class TreeFit:
    """The posterior of some statistics under any prior that has one share of noise."""

    def __init__(self, statistics: Statistics, centre: float, base: float, noise_ratio: float = 1.0) -> None:
        """Prepares what all priors share.

        Args:
            statistics: What was learned.
            centre: What is taken off every scaled reward.
            base: Mean reward above that of no response, on the same scale.
            noise_ratio: Variance of a reward's noise, over that of the rewards.
        """
        count, size = statistics.node_count, statistics.size
        totals = statistics.totals
        mean = totals.reward / totals.weight
        self.noise = max(totals.square / totals.weight - mean * mean, LEAST_NOISE) * noise_ratio
        square = totals.square + centre * (centre * totals.weight - 2.0 * totals.reward)
        self._alone = -0.5 * (totals.weight * float(np.log(self.noise)) + square / self.noise)
        """The log of the probability of the rewards as noise alone."""
        self._base = base
        gram = statistics.gram[:count, :size, :size]
        self._precision = gram / self.noise
        self._information = (statistics.moment[:count, :size] - centre * gram[:, :, 0]) / self.noise
        self._parents = np.array(statistics.parents)
        self._depths = np.array(statistics.depths)
        self._counts = subtree_counts(statistics)
        self._size = size

    def evidence(self, prior: Prior) -> float:
        """Returns the log of the probability of what was learned, but for a constant that no prior changes."""
        scales = Scales(prior, self.noise, self._base)
        precision, information = self._precision.copy(), self._information.copy()
        total = self._alone
        for nodes, deviations in self._levels_up(scales):
            inner, factor = _scaled(precision[nodes], deviations), deviations[:, :, None]
            total -= float(np.log(np.diagonal(np.linalg.cholesky(inner), axis1=1, axis2=2)).sum())
            if nodes[0] == ROOT:
                right = deviations * information[nodes]
                total += 0.5 * float((right * np.linalg.solve(inner, right[:, :, None])[:, :, 0]).sum())
                break
            both = np.concatenate([factor * precision[nodes], (deviations * information[nodes])[:, :, None]], axis=2)
            solved = factor * np.linalg.solve(inner, both)
            total += 0.5 * float((information[nodes] * solved[:, :, -1]).sum())
            passed = precision[nodes] @ solved
            np.add.at(precision, self._parents[nodes], precision[nodes] - passed[:, :, :-1])
            np.add.at(information, self._parents[nodes], information[nodes] - passed[:, :, -1])
        return total

    def posterior(self, prior: Prior) -> Posterior:
        """Returns the posterior under a prior."""
        scales = Scales(prior, self.noise, self._base)
        precision, information = self._precision.copy(), self._information.copy()
        given = np.empty_like(precision)
        for nodes, deviations in self._levels_up(scales):
            inverse = np.linalg.inv(_scaled(precision[nodes], deviations))
            given[nodes] = deviations[:, :, None] * inverse * deviations[:, None, :]
            if nodes[0] != ROOT:
                passed = precision[nodes] @ given[nodes]
                shed = (passed @ information[nodes][:, :, None])[:, :, 0]
                np.add.at(precision, self._parents[nodes], precision[nodes] - passed @ precision[nodes])
                np.add.at(information, self._parents[nodes], information[nodes] - shed)
        mean = (given @ information[:, :, None])[:, :, 0]
        covariance = given
        for nodes in self._levels_down():
            above = self._parents[nodes]
            kept = np.eye(self._size) - given[nodes] @ precision[nodes]
            mean[nodes] += (kept @ mean[above][:, :, None])[:, :, 0]
            covariance[nodes] += kept @ covariance[above] @ kept.transpose(0, 2, 1)
        is_kin = np.arange(len(self._parents)) != ROOT
        newcomer = scales.of(is_kin, np.zeros(len(is_kin)), self._size) ** 2
        return Posterior(mean, covariance, newcomer)

    def _levels_up(self, scales: Scales) -> Iterator[tuple[NDArray[np.intp], NDArray[np.float64]]]:
        """Yields the nodes of each depth with their prior deviations, the deepest first, the root last."""
        for depth in range(int(self._depths.max()), 0, -1):
            nodes = np.flatnonzero(self._depths == depth)
            yield nodes, scales.of(self._parents[nodes] != ROOT, self._counts[nodes], self._size)
        yield np.array([ROOT]), scales.of_root(self._size)[None, :]

    def _levels_down(self) -> Iterator[NDArray[np.intp]]:
        for depth in range(1, int(self._depths.max()) + 1):
            yield np.flatnonzero(self._depths == depth)


def _scaled(precision: NDArray[np.float64], deviations: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns I + S A S of each node: positive definite, and no eigenvalue is below 1."""
    scaled = deviations[:, :, None] * precision * deviations[:, None, :]
    size = scaled.shape[1]
    scaled[:, np.arange(size), np.arange(size)] += 1.0
    return scaled
