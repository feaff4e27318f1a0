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
from banditsvc.posterior.statistics import MATCH, ROOT, Statistics

LEAST_NOISE = 1e-12


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


class _Level:
    """The nodes of a depth, each given its parent.

    With B = (I + S A S)^-1 no product of matrices is needed for most of this: C = S B S, I - C A = S B S^-1, and
    A - A C A = S^-1 (I - B) S^-1, but for the match, which does not depart and has no S^-1.
    """

    def __init__(
        self,
        nodes: NDArray[np.intp],
        deviations: NDArray[np.float64],
        precision: NDArray[np.float64],
        information: NDArray[np.float64],
    ) -> None:
        self.nodes, self.information = nodes, information
        self.inner = _scaled(precision, deviations)
        self._inverse = np.linalg.inv(self.inner)
        self._deviations = deviations
        self._per_deviation = np.divide(1.0, deviations, out=np.zeros_like(deviations), where=deviations > 0.0)
        self._of_match = precision[:, :, MATCH]
        self.mean = self._given(information)
        """C b, what the departures are from what was learned of the nodes alone."""

    def given(self) -> NDArray[np.float64]:
        """Returns C, the covariance of the departures."""
        return self._deviations[:, :, None] * self._inverse * self._deviations[:, None, :]

    def kept(self) -> NDArray[np.float64]:
        """Returns I - C A: how much of its parent's effects a node keeps."""
        kept: NDArray[np.float64] = self._deviations[:, :, None] * self._inverse * self._per_deviation[:, None, :]
        kept[:, :, MATCH] = -self._given(self._of_match)
        kept[:, MATCH, MATCH] += 1.0
        return kept

    def passed_up(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Returns the precision and the information that the parents get."""
        kept, size = self.kept(), self.inner.shape[1]
        passed = self._per_deviation[:, :, None] * (np.eye(size) - self._inverse) * self._per_deviation[:, None, :]
        of_match = (self._of_match[:, None, :] @ kept)[:, 0]
        passed[:, MATCH], passed[:, :, MATCH] = of_match, of_match
        return passed, (self.information[:, None, :] @ kept)[:, 0]

    def _given(self, vectors: NDArray[np.float64]) -> NDArray[np.float64]:
        return self._deviations * (self._inverse @ (self._deviations * vectors)[:, :, None])[:, :, 0]


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
        self._base, self._weight = base, totals.weight
        gram = statistics.gram[:count, :size, :size]
        self._precision = gram / self.noise
        self._information = (statistics.moment[:count, :size] - centre * gram[:, :, 0]) / self.noise
        self._parents = np.array(statistics.parents)
        self._depths = np.array(statistics.depths)
        self._counts = subtree_counts(statistics)
        self._size = size

    def evidence(self, prior: Prior) -> float:
        """Returns the log of the probability of what was learned, but for a constant that no prior changes."""
        total = self._alone
        for level in self._climb(prior):
            total -= float(np.log(np.diagonal(np.linalg.cholesky(level.inner), axis1=1, axis2=2)).sum())
            total += 0.5 * float((level.information * level.mean).sum())
        return total

    def posterior(self, prior: Prior) -> Posterior:
        """Returns the posterior under a prior."""
        scales = Scales(prior, self.noise, self._base, self._weight)
        shape = self._information.shape
        mean, covariance = np.empty(shape), np.empty((*shape, shape[1]))
        for level in reversed(list(self._climb(prior))):
            nodes, given, above = level.nodes, level.given(), self._parents[level.nodes]
            if nodes[0] == ROOT:
                mean[nodes], covariance[nodes] = level.mean, given
            else:
                kept = level.kept()
                mean[nodes] = level.mean + (kept @ mean[above][:, :, None])[:, :, 0]
                covariance[nodes] = given + kept @ covariance[above] @ kept.transpose(0, 2, 1)
        is_kin = np.arange(len(self._parents)) != ROOT
        newcomer = scales.of(is_kin, np.zeros(len(is_kin)), self._size) ** 2
        return Posterior(mean, covariance, self._common(scales), newcomer)

    def _climb(self, prior: Prior) -> Iterator[_Level]:
        """Yields the levels from the deepest to the root, each with what was learned of it and below."""
        scales = Scales(prior, self.noise, self._base, self._weight)
        precision, information = self._precision.copy(), self._information.copy()
        for nodes, deviations in self._levels_up(scales):
            level = _Level(nodes, deviations, precision[nodes], information[nodes])
            yield level
            if nodes[0] != ROOT:
                for node, more, told in zip(nodes.tolist(), *level.passed_up(), strict=True):
                    precision[self._parents[node]] += more
                    information[self._parents[node]] += told

    def _common(self, scales: Scales) -> NDArray[np.float64]:
        """Returns the covariance of the mean of all nodes' effects by their precision: what all have in common.

        With H = (sum of A_k + S_root^-2)^-1 that mean, u = H (sum of A_k theta_k + S_root^-2 theta_root), has the
        covariance H with every theta_k and with itself, so theta_k - u has the covariance V_k - H.
        """
        deviations = scales.of_root(self._size)
        whole = self._precision.sum(axis=0)[None]
        inverse = np.linalg.inv(_scaled(whole, deviations[None]))[0]
        common: NDArray[np.float64] = deviations[:, None] * inverse * deviations
        return common

    def _levels_up(self, scales: Scales) -> Iterator[tuple[NDArray[np.intp], NDArray[np.float64]]]:
        """Yields the nodes of each depth with their prior deviations, the deepest first, the root last."""
        for depth in range(int(self._depths.max()), 0, -1):
            nodes = np.flatnonzero(self._depths == depth)
            yield nodes, scales.of(self._parents[nodes] != ROOT, self._counts[nodes], self._size)
        yield np.array([ROOT]), scales.of_root(self._size)[None, :]


def _scaled(precision: NDArray[np.float64], deviations: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns I + S A S of each node: positive definite, and no eigenvalue is below 1."""
    scaled = deviations[:, :, None] * precision * deviations[:, None, :]
    size = scaled.shape[1]
    scaled[:, np.arange(size), np.arange(size)] += 1.0
    return scaled
