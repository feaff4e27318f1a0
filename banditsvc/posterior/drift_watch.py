"""Drift watch: tells of which campaigns the world has changed, by what they earn beside what was predicted.

At fixed counts the posterior is kept as a reference. Of each node the rewards of a window are compared with its
predictions there, context by context, so that better aim is no drift. The sum of the differences has the variance of the
noise and, for what the reference did not know, that of its mean prediction; beyond 5 such deviations the world has
changed.
"""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray

WINDOW = 8_192
"""Learned decisions after which a window begins afresh: what was long before a change would hide it."""
LEAST_DECISIONS = 500
"""Fewer in a window tell nothing of a node."""
_DEVIATIONS = 5.0
"""One normal number in 2 million is as far out: each campaign is looked at again and again."""
_CAUTION = 2.0
"""Doubt counts that many times: contexts may come in another mix than those it is about."""


class StoredWatch(msgspec.Struct, array_like=True):
    """A watch in numbers and bytes."""

    centre: float
    noise: float
    nodes: int
    mean: bytes
    doubt: bytes
    since: bytes


class DriftWatch:
    """The reference, and what has come in the window."""

    def __init__(self) -> None:
        self._centre, self._noise = 0.0, 0.0
        self._mean: NDArray[np.float64] = np.zeros((0, 0))
        self._doubt: NDArray[np.float64] = np.zeros(0)
        self._since: NDArray[np.float64] = np.zeros((2, 0))
        """Of each node the decisions in the window, and the sum of differences."""

    def refer(self, mean: NDArray[np.float64], doubt: NDArray[np.float64], *, centre: float, noise: float) -> None:
        """Starts from a posterior.

        Args:
            mean: Effects of each node, shape (nodes, size).
            doubt: Variance of the mean prediction for each node's own contexts, shape (nodes,).
            centre: What the effects are relative to.
            noise: Variance of a reward.
        """
        self._mean, self._doubt, self._centre, self._noise = mean, doubt, centre, noise
        self.begin_window()

    def forget(self) -> None:
        """Watches nothing until the next reference."""
        self.refer(np.zeros((0, 0)), np.zeros(0), centre=0.0, noise=0.0)

    def begin_window(self) -> None:
        """Begins a window, with the reference that there is."""
        self._since = np.zeros((2, len(self._mean)))

    def add(
        self,
        nodes: NDArray[np.intp],
        columns: NDArray[np.intp],
        values: NDArray[np.float64],
        rewards: NDArray[np.float64],
    ) -> None:
        """Adds decisions, in order; the arguments are those of Statistics.add."""
        known = np.flatnonzero(nodes < len(self._mean))
        if not len(known):
            return
        nodes, columns, values = nodes[known], columns[known], values[known]
        size = self._mean.shape[1]
        predicted = np.full(len(known), self._centre)
        # Coordinate by coordinate: what stands past a context's end adds nothing, however long others are.
        for column, value in zip(columns.T, values.T, strict=True):
            effect = self._mean[nodes, np.minimum(column, size - 1)]
            predicted += np.where(column < size, value, 0.0) * effect
        np.add.at(self._since[0], nodes, 1.0)
        np.add.at(self._since[1], nodes, rewards[known] - predicted)

    def changed(self) -> list[int]:
        """Returns the nodes for which the world has changed since the reference."""
        count, difference = self._since
        limit = _DEVIATIONS * np.sqrt(count * self._noise + _CAUTION * count * count * self._doubt)
        found: list[int] = np.flatnonzero((count >= LEAST_DECISIONS) & (np.abs(difference) > limit)).tolist()
        return found

    def stored(self) -> StoredWatch:
        """Returns what restore takes."""
        vectors = (self._mean.tobytes(), self._doubt.tobytes(), self._since.tobytes())
        return StoredWatch(self._centre, self._noise, len(self._mean), *vectors)

    def restore(self, stored: StoredWatch) -> None:
        """Goes on from what was stored."""
        nodes = stored.nodes
        mean = np.frombuffer(stored.mean)
        self.refer(
            mean.reshape(nodes, -1) if nodes else np.zeros((0, 0)),
            np.frombuffer(stored.doubt),
            centre=stored.centre,
            noise=stored.noise,
        )
        self._since = np.frombuffer(stored.since).reshape(2, nodes).copy()
