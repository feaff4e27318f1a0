"""Levels: what the nodes of one depth of a tree of effects pass up to their parents.

With A the precision and b the information of what was learned of a node and below, over the noise, and S its prior
deviations, C = S (I + S A S)^-1 S is the covariance of its departure given its parent, and A - A C A and b - A C b go
up (see fit.py). With B = (I + S A S)^-1 no product of matrices is needed for this: C = S B S, I - C A = S B S^-1, and
A - A C A = S^-1 (I - B) S^-1, but for the match, which does not depart and has no S^-1.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from banditsvc.posterior.statistics import MATCH, ROOT


class Level:
    """The nodes of a depth, each given its parent."""

    def __init__(
        self,
        nodes: NDArray[np.intp],
        deviations: NDArray[np.float64],
        precision: NDArray[np.float64],
        information: NDArray[np.float64],
    ) -> None:
        """Prepares the departures.

        Args:
            nodes: Which they are.
            deviations: Prior deviations of their departures, S, shape (nodes, size).
            precision: A, shape (nodes, size, size).
            information: b, shape (nodes, size).
        """
        self.nodes, self.information = nodes, information
        self.inner = scaled(precision, deviations)
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
        passed: NDArray[np.float64] = -self._per_deviation[:, :, None] * self._inverse
        passed *= self._per_deviation[:, None, :]
        diagonal = np.arange(passed.shape[1])
        passed[:, diagonal, diagonal] += self._per_deviation * self._per_deviation
        of_match = self._kept_of(self._of_match, self._given(self._of_match))
        passed[:, MATCH], passed[:, :, MATCH] = of_match, of_match
        return passed, self._kept_of(self.information, self.mean)

    def _given(self, vectors: NDArray[np.float64]) -> NDArray[np.float64]:
        """Returns C v."""
        return self._deviations * (self._inverse @ (self._deviations * vectors)[:, :, None])[:, :, 0]

    def _kept_of(self, vectors: NDArray[np.float64], given: NDArray[np.float64]) -> NDArray[np.float64]:
        """Returns v - A C v, from v and C v."""
        kept = given * self._per_deviation * self._per_deviation
        kept[:, MATCH] = vectors[:, MATCH] - (self._of_match * given).sum(axis=1)
        return kept


def climb(
    parents: NDArray[np.intp],
    levels: Iterable[tuple[NDArray[np.intp], NDArray[np.float64]]],
    precision: NDArray[np.float64],
    information: NDArray[np.float64],
) -> Iterator[Level]:
    """Yields levels up to the root, each with what was learned of its nodes and below.

    Args:
        parents: Parent of each node.
        levels: The nodes of each depth and their prior deviations, the deepest first, the root last.
        precision: What was learned of each node itself, over the noise; changed here.
        information: Likewise.
    """
    for nodes, deviations in levels:
        level = Level(nodes, deviations, precision[nodes], information[nodes])
        yield level
        if nodes[0] != ROOT:
            for node, more, told in zip(nodes.tolist(), *level.passed_up(), strict=True):
                precision[parents[node]] += more
                information[parents[node]] += told


def scaled(precision: NDArray[np.float64], deviations: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns I + S A S of each node: positive definite, and no eigenvalue is below 1."""
    found = deviations[:, :, None] * precision
    found *= deviations[:, None, :]
    diagonal = np.arange(found.shape[1])
    found[:, diagonal, diagonal] += 1.0
    return found
