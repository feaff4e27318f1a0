"""Exporting: from the posterior of a tree to hashed weights and variances, summed over features like any model's.

Predictions add the weights of all features of a campaign, so each node's feature gets what is not yet said by the
others of its campaign: a node that was met gets exactly its own posterior, a new campaign that of the node which it
descends from, and one of which nothing is known that of all campaigns, with the variance of a newcomer there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.feature_hash import CONSTANT_HASH, QUADRATIC_PRIME
from banditsvc.core.features import MATCH_HASH
from banditsvc.posterior.fit import Posterior
from banditsvc.posterior.linear_variance import linear_variances
from banditsvc.posterior.statistics import CONSTANT, FIRST_FEATURE, MATCH, ROOT, Statistics


@dataclass(frozen=True, slots=True, eq=False)
class Exported:
    """Weights and variances, float32 of length 2**bits, read-only."""

    weights: NDArray[np.float32]
    variances: NDArray[np.float32]


def exported(
    statistics: Statistics, posterior: Posterior, campaigns: Mapping[int, tuple[tuple[int, float], ...]], bits: int
) -> Exported:
    """Returns the posterior as a model's vectors.

    Args:
        statistics: Those that it is the posterior of.
        posterior: What is known.
        campaigns: Features of each campaign that was learned of, hash and value, by the hash of its own feature.
        bits: Power of two of the number of weights.
    """
    count = statistics.node_count
    variance = linear_variances(posterior.covariance - posterior.common, statistics.whole_gram())
    said = np.stack([posterior.mean, variance + posterior.newcomer], axis=1)
    feature_of = {node: feature for feature, node in statistics.node_of.items()}
    own: dict[int, NDArray[np.float64]] = {}
    for node in sorted(range(1, count), key=lambda one: (statistics.depths[one], one)):
        feature = feature_of[node]
        wanted = said[node].copy()
        others: tuple[tuple[int, float], ...]
        if feature in campaigns:
            wanted[1] = variance[node]
            others = campaigns[feature]
        else:
            others = tuple((feature_of[one], 1.0) for one in _ancestors(statistics, node))
        wanted -= said[ROOT]
        for other, value in others:
            if other != feature and other in own:
                wanted -= value * own[other]
        own[feature] = wanted
    return _hashed(statistics, said[ROOT], own, bits)


def _ancestors(statistics: Statistics, node: int) -> list[int]:
    found = []
    while (node := statistics.parents[node]) != ROOT:
        found.append(node)
    return found


def _hashed(
    statistics: Statistics, root: NDArray[np.float64], own: Mapping[int, NDArray[np.float64]], bits: int
) -> Exported:
    rows = np.array(list(statistics.column_of), dtype=np.uint64)
    features = np.array(list(own), dtype=np.uint64)
    with np.errstate(over="ignore"):
        crossed = (rows * np.uint64(QUADRATIC_PRIME))[None, :] ^ features[:, None]
    shared = np.array([CONSTANT_HASH, MATCH_HASH], dtype=np.uint64)
    indices = np.concatenate([shared, rows, features, crossed.reshape(-1)])
    indices = (indices & np.uint64((1 << bits) - 1)).astype(np.intp)
    values = np.stack(list(own.values()), axis=1) if own else np.zeros((2, 0, len(root[0])))
    both = np.concatenate(
        [
            root[:, [CONSTANT, MATCH]],
            root[:, FIRST_FEATURE:],
            values[:, :, CONSTANT],
            values[:, :, FIRST_FEATURE:].reshape(2, -1),
        ],
        axis=1,
    )
    both[1, 1] = 0.0
    return Exported(_shared_weights(indices, both[0], bits), _shared_variances(indices, both[1], bits))


def _shared_weights(indices: NDArray[np.intp], values: NDArray[np.float64], bits: int) -> NDArray[np.float32]:
    """Returns the weights: features that share one get their mean."""
    says = values != 0.0
    places, which = np.unique(indices[says], return_inverse=True)
    means = np.bincount(which, values[says], len(places)) / np.bincount(which, minlength=len(places))
    # Negated, as Vowpal Wabbit's weights are those of costs.
    return _sealed(places, -means, bits)


def _shared_variances(indices: NDArray[np.intp], values: NDArray[np.float64], bits: int) -> NDArray[np.float32]:
    """Returns the variances: features that share one get the greatest, so that nothing seems surer than it is."""
    places, which = np.unique(indices, return_inverse=True)
    greatest = np.full(len(places), -np.inf)
    np.maximum.at(greatest, which, values)
    return _sealed(places, greatest, bits)


def _sealed(places: NDArray[np.intp], values: NDArray[np.float64], bits: int) -> NDArray[np.float32]:
    sealed = np.zeros(1 << bits, dtype=np.float32)
    # No negative zeros.
    sealed[places] = values + 0.0
    sealed.flags.writeable = False
    return sealed
