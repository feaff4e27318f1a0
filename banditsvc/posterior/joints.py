"""Joints: the nodes of a tree of effects that what was learned tells apart.

A node of which nothing was learned itself, with one child below, passes on what it gets: it and its child are one
departure, whose variance is the sum of theirs. Nodes with nothing below them tell nothing. What is left are nodes that
were learned of, forks and the root.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from banditsvc.posterior.statistics import CONSTANT, ROOT, Statistics


@dataclass(frozen=True, slots=True, eq=False)
class Joints:
    """Some nodes of a tree, the root first, as a tree of their own."""

    nodes: NDArray[np.intp]
    """Which they are."""
    parents: NDArray[np.intp]
    """Place of each one's parent among them."""
    depths: NDArray[np.intp]
    departures: NDArray[np.float64]
    """1 where a node's departure is a part of a joint's, else 0, shape (joints, nodes)."""


def joints_of(statistics: Statistics) -> Joints:
    """Returns the joints of a tree."""
    # A parent's number is less than its children's.
    parents, count = statistics.parents, statistics.node_count
    is_joint: list[bool] = (statistics.gram[:count, CONSTANT, CONSTANT] != 0.0).tolist()
    branches = [0] * count
    for node in range(count - 1, ROOT, -1):
        is_joint[node] = is_joint[node] or branches[node] > 1
        branches[parents[node]] += is_joint[node] or branches[node] > 0
    is_joint[ROOT] = True
    nodes = [node for node in range(count) if is_joint[node]]
    place_of = {node: place for place, node in enumerate(nodes)}
    above, depths, departures = [ROOT], [0], np.zeros((len(nodes), count))
    for place, node in enumerate(nodes[1:], start=1):
        chain = _up_to_joint(node, parents, is_joint)
        departures[place, chain] = 1.0
        above.append(place_of[parents[chain[-1]]])
        depths.append(depths[above[-1]] + 1)
    return Joints(np.array(nodes), np.array(above), np.array(depths), departures)


def _up_to_joint(node: int, parents: Sequence[int], is_joint: Sequence[bool]) -> list[int]:
    """Returns a node and what stands between it and the joint above it."""
    chain = [node]
    while not is_joint[parents[chain[-1]]]:
        chain.append(parents[chain[-1]])
    return chain
