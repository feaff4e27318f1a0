"""Sufficient statistics: of what was learned of each campaign, all that the posterior needs.

Campaigns stand in a tree: each node is a feature that says what a campaign is, its parent the next wider one, with
which it was first met; the root is all campaigns. Each node has the moments of the decisions that were learned of it
itself: the sum of z z' and of z y, z the coordinates of a decision (the constant, the match, the context's features)
and y its scaled reward. All sums are made decision by decision, in their order, however they come in batches.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

ROOT = 0
CONSTANT, MATCH, FIRST_FEATURE = 0, 1, 2
"""Coordinates; those of the context's features follow in the order in which they are met."""
MOST_FEATURES = 126
"""Features of contexts that are learned from; what is met beyond them is not looked at."""
MOST_NODES = 512
"""Beyond them the campaign not learned of for longest is counted to its parent."""
_LEAST_VARIANCE = 1e-12


@dataclass(slots=True)
class Totals:
    """Sums over all decisions, fading like the moments."""

    weight: float = 0.0
    reward: float = 0.0
    square: float = 0.0

    def variance(self) -> float:
        """Returns the variance of the rewards, more than 0."""
        mean = self.reward / self.weight
        return max(self.square / self.weight - mean * mean, _LEAST_VARIANCE)


@dataclass(frozen=True, slots=True)
class Retired:
    """A node that was counted to its parent. The numbers of those after it have fallen by one."""

    node: int
    parent: int
    feature: int
    """Hash of the feature that the node was; likewise of its parent, 0 for the root."""
    parent_feature: int

    def moved(self, sums: NDArray[np.float64], axis: int = 0) -> NDArray[np.float64]:
        """Returns sums of each node with those of this one counted to its parent, as much room as before."""
        by_node = np.moveaxis(sums, axis, 0).copy()
        if self.node < len(by_node):
            by_node[self.parent] += by_node[self.node]
            by_node[self.node : -1] = by_node[self.node + 1 :].copy()
            by_node[-1] = 0.0
        return np.ascontiguousarray(np.moveaxis(by_node, 0, axis))


class Statistics:
    """The tree with its moments. Only its own methods write."""

    def __init__(self) -> None:
        self.totals = Totals()
        self.column_of: dict[int, int] = {}
        """Coordinate of each feature of contexts, by its hash."""
        self.node_of: dict[int, int] = {}
        """Node of each feature of campaigns, by its hash."""
        self.parents = [ROOT]
        self.depths = [0]
        self.last_learned = [0]
        """Count at which each node was last learned of."""
        self.gram: NDArray[np.float64] = np.zeros((8, 32, 32))
        """Sum of z z' of each node."""
        self.moment: NDArray[np.float64] = np.zeros((8, 32))
        """Sum of z y of each node."""

    @property
    def node_count(self) -> int:
        """Returns the number of nodes, the root among them."""
        return len(self.parents)

    @property
    def size(self) -> int:
        """Returns the number of coordinates in use."""
        return FIRST_FEATURE + len(self.column_of)

    def whole_gram(self) -> NDArray[np.float64]:
        """Returns the sum of z z' over all nodes, shape (size, size)."""
        whole: NDArray[np.float64] = self.gram[: self.node_count, : self.size, : self.size].sum(axis=0)
        return whole

    def mean_contexts(self) -> NDArray[np.float64]:
        """Returns the mean of z of each node's own decisions, shape (nodes, size); 0 without any."""
        sums = self.gram[: self.node_count, CONSTANT, : self.size]
        return sums / np.maximum(sums[:, :1], 1e-300)

    def columns(self, hashes: NDArray[np.uint64]) -> NDArray[np.intp]:
        """Returns the coordinate of each feature, new ones added; -1 for those beyond the most."""
        known = self.column_of
        distinct, first, places = np.unique(hashes, return_index=True, return_inverse=True)
        for feature in distinct[np.argsort(first)].tolist():
            if feature not in known and len(known) < MOST_FEATURES:
                known[feature] = FIRST_FEATURE + len(known)
        found = np.array([known.get(feature, -1) for feature in distinct.tolist()], dtype=np.intp)
        self._make_room()
        return found[places]

    def node(self, ancestry: tuple[int, ...], learned_count: int) -> int:
        """Returns the node of a campaign, with what it descends from added where it is new."""
        node = ROOT
        for feature in ancestry:
            found = self.node_of.get(feature)
            node = self._add(feature, node) if found is None else found
            self.last_learned[node] = learned_count
        return node

    def _add(self, feature: int, parent: int) -> int:
        node = self.node_of[feature] = self.node_count
        self.parents.append(parent)
        self.depths.append(self.depths[parent] + 1)
        self.last_learned.append(0)
        self._make_room()
        return node

    def add(
        self,
        nodes: NDArray[np.intp],
        columns: NDArray[np.intp],
        values: NDArray[np.float64],
        rewards: NDArray[np.float64],
        weights: NDArray[np.float64],
    ) -> None:
        """Adds decisions, in order.

        Args:
            nodes: Node of each, shape (n,).
            columns: Its coordinates, shape (n, m); what has the value 0 adds nothing.
            values: Their values, likewise.
            rewards: Its scaled reward.
            weights: How much it counts beside others.
        """
        side = self.gram.shape[1]
        flat = (nodes[:, None] * side + columns)[:, :, None] * side + columns[:, None, :]
        # The weight comes last, so that both sides of the diagonal are equal to the bit.
        products = (values[:, :, None] * values[:, None, :]) * weights[:, None, None]
        np.add.at(self.gram.reshape(-1), flat.reshape(-1), products.reshape(-1))
        np.add.at(
            self.moment.reshape(-1),
            (nodes[:, None] * side + columns).reshape(-1),
            (values * (weights * rewards)[:, None]).reshape(-1),
        )
        totals = self.totals
        for reward, weight in zip(rewards.tolist(), weights.tolist(), strict=True):
            totals.weight += weight
            totals.reward += weight * reward
            totals.square += weight * (reward * reward)

    def fade(self, factor: float) -> None:
        """Makes all that was learned so far count that much less."""
        self.gram[: self.node_count] *= factor
        self.moment[: self.node_count] *= factor
        self.totals.weight *= factor
        self.totals.reward *= factor
        self.totals.square *= factor

    def limit(self, node: int, most: float) -> None:
        """Makes what was learned of a node itself count as no more than so many decisions."""
        weight = self.gram[node, CONSTANT, CONSTANT]
        if weight > most:
            self.gram[node] *= most / weight
            self.moment[node] *= most / weight

    def retire(self) -> Retired | None:
        """Counts the childless node that was not learned of for longest to its parent, where there are too many nodes."""
        if self.node_count <= MOST_NODES:
            return None
        inner = set(self.parents)
        leaves = [node for node in range(1, self.node_count) if node not in inner]
        node = min(leaves, key=lambda node: (self.last_learned[node], node))
        feature_of = {one: feature for feature, one in self.node_of.items()}
        parent = self.parents[node]
        retired = Retired(node, parent, feature_of[node], feature_of.get(parent, 0))
        self._remove(node)
        return retired

    def _remove(self, node: int) -> None:
        parent, last = self.parents[node], self.node_count
        self.gram[parent] += self.gram[node]
        self.moment[parent] += self.moment[node]
        self.gram[node : last - 1] = self.gram[node + 1 : last].copy()
        self.moment[node : last - 1] = self.moment[node + 1 : last].copy()
        self.gram[last - 1], self.moment[last - 1] = 0.0, 0.0
        for per_node in (self.parents, self.depths, self.last_learned):
            del per_node[node]
        self.parents = [above - (above > node) for above in self.parents]
        self.node_of = {feature: one - (one > node) for feature, one in self.node_of.items() if one != node}

    def restore(
        self,
        totals: Totals,
        *,
        features: list[int],
        node_of: dict[int, int],
        parents: list[int],
        depths: list[int],
        last_learned: list[int],
    ) -> None:
        """Takes over a tree, with room for its moments, which are zero."""
        self.totals, self.node_of = totals, node_of
        self.column_of = {feature: FIRST_FEATURE + place for place, feature in enumerate(features)}
        self.parents, self.depths, self.last_learned = parents, depths, last_learned
        self._make_room()

    def _make_room(self) -> None:
        nodes, side = self.gram.shape[:2]
        wanted_nodes, wanted_side = nodes, side
        while wanted_nodes < self.node_count:
            wanted_nodes *= 2
        while wanted_side < self.size:
            wanted_side += 16
        if (wanted_nodes, wanted_side) != (nodes, side):
            gram, moment = np.zeros((wanted_nodes, wanted_side, wanted_side)), np.zeros((wanted_nodes, wanted_side))
            gram[:nodes, :side, :side], moment[:nodes, :side] = self.gram, self.moment
            self.gram, self.moment = gram, moment
