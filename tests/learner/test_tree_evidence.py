"""Laws of the evidence of a tree: it is that of one dense system, whatever was learned of which nodes."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from banditsvc.posterior.evidence import moved
from banditsvc.posterior.prior import Prior
from banditsvc.posterior.statistics import CONSTANT, FIRST_FEATURE, MATCH, Statistics
from banditsvc.posterior.tree_evidence import TreeEvidence
from tests.learner.posterior_world import dense_tree

PRIORS = [
    Prior(),
    Prior(shared=2, own=6, kinship=3),
    Prior(shared=7, own=1, kinship=0),
    Prior(own=8, noise=4),
    Prior(own=11, shared=0, noise=8),
]
ONE, CHAIN, FORK = ((1,),), ((1, 2, 3),), ((1, 2, 3), (1, 2, 4), (1, 5))
TREES = {
    "one": ONE,
    "chain": CHAIN,
    "fork": FORK,
    "told on the way": ((1,), (1, 2, 3), (1, 2, 3, 4)),
    "two forks": ((1, 2, 3), (1, 2, 4), (1, 5, 6), (1, 5, 7), (8, 9)),
    "all": ((), (1,), (1, 2), (3, 4)),
}


def _told(
    ancestries: tuple[tuple[int, ...], ...], features: int
) -> tuple[Statistics, NDArray[np.float64], NDArray[np.intp], NDArray[np.float64]]:
    """Returns statistics of decisions counted to nodes in turn, with two groups of features that exclude each other.

    The tree has a node too of which and below which nothing was learned.
    """
    rng, statistics, count = np.random.default_rng(len(ancestries)), Statistics(), 60
    statistics.node((50, 51), 0)
    nodes = np.array([statistics.node(ancestries[number % len(ancestries)], number) for number in range(count)])
    chosen = rng.integers(0, max(features, 1), size=(count, 2)) + np.array([0, features])
    found = statistics.columns(chosen.astype(np.uint64).reshape(-1)).reshape(count, 2) if features else chosen[:, :0]
    columns = np.concatenate([np.tile([CONSTANT, MATCH], (count, 1)), found], axis=1)
    values = np.ones(columns.shape)
    values[:, 1] = rng.random(count)
    rewards = rng.random(count) + (columns[:, -1] % 2 == nodes % 2)
    statistics.add(nodes, columns, values, rewards, np.ones(count))
    coordinates = np.zeros((count, statistics.size))
    coordinates[np.arange(count)[:, None], columns] = values
    return statistics, coordinates, nodes, rewards


@pytest.mark.parametrize("features", [0, 1, 3, 9])
@pytest.mark.parametrize("name", TREES)
def test_evidence_is_that_of_the_dense_system(name: str, features: int) -> None:
    """The evidence of any prior is that of all departures in one dense system, with fewer decisions than effects or more."""
    statistics, coordinates, nodes, rewards = _told(TREES[name], features)
    evidence = TreeEvidence(statistics, float(rewards.mean()), float(rewards.mean()))
    assert statistics.size == FIRST_FEATURE + 2 * features
    for prior in PRIORS:
        expected = dense_tree(statistics, coordinates, nodes, rewards, prior)[2]
        assert expected == pytest.approx(evidence(prior), abs=1e-7, rel=1e-9)


def test_what_is_ruled_out_is_not_looked_at() -> None:
    """Early, what would mean that the context tells nearly all is weighed once where it is ten thousand times less probable."""
    looked_at: list[Prior] = []

    def evidence(prior: Prior) -> float:
        looked_at.append(prior)
        return -10.0 * (prior.noise + abs(prior.own - Prior().own))

    assert moved(Prior(), evidence, 100) == Prior()
    assert {prior.noise for prior in looked_at} == {0, 1, 4}
