"""Cells of the compiled model: what one context feature is worth with one campaign."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.encoded import EncodedCampaign
from banditsvc.core.feature_hash import CONSTANT_HASH, QUADRATIC_PRIME
from banditsvc.core.features import MATCH_HASH

CONSTANT_ROW = 1 << 33
"""Stands for the constant feature among row hashes. No context feature has it: of its upper 32 bits the lowest is set
or none is. Its lower bits are 0, and stay so when multiplied."""


class CampaignColumns(NamedTuple):
    """Campaigns side by side: row i holds the i-th feature of each, with value 0 where there are fewer."""

    hashes: NDArray[np.uint64]
    values: NDArray[np.float64]
    matches: NDArray[np.uint64]


def campaign_columns(campaigns: Sequence[EncodedCampaign]) -> CampaignColumns:
    """Returns the features of some campaigns, at least one."""
    longest = max(len(c.packed_hashes) for c in campaigns) // 8
    hashes = np.zeros((longest, len(campaigns)), dtype=np.uint64)
    values = np.zeros((longest, len(campaigns)))
    for k, campaign in enumerate(campaigns):
        count = len(campaign.packed_hashes) // 8
        hashes[:count, k] = np.frombuffer(campaign.packed_hashes, dtype=np.uint64)
        values[:count, k] = np.frombuffer(campaign.packed_values)
    return CampaignColumns(hashes, values, np.array([c.match_hash for c in campaigns], dtype=np.uint64))


class CellHashes(NamedTuple):
    """Which weights the cells of some context features and campaigns are made of; to be masked."""

    own: NDArray[np.uint64]
    """Of each context feature, shape (rows,)."""
    crossed: NDArray[np.uint64]
    """Of each feature of the campaigns crossed with it, shape (features, rows, campaigns)."""
    is_match: NDArray[np.bool_]
    """Whether it is the campaign's category as a favourite, shape (rows, campaigns)."""


def cell_hashes(row_hashes: NDArray[np.uint64], columns: CampaignColumns) -> CellHashes:
    """Returns the hashes of the weights of all pairs; row_hashes are those of context features, or CONSTANT_ROW."""
    # CONSTANT_ROW in first place leaves, once masked, the campaign's feature alone: the constant's cell.
    with np.errstate(over="ignore"):
        first = row_hashes * np.uint64(QUADRATIC_PRIME)
    return CellHashes(
        own=np.where(row_hashes == CONSTANT_ROW, np.uint64(CONSTANT_HASH), row_hashes),
        crossed=columns.hashes[:, None, :] ^ first[:, None],
        is_match=row_hashes[:, None] == columns.matches,
    )


def cells_of(
    own: NDArray[np.float64], terms: Iterable[NDArray[np.float64]], match: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Returns cells from their weights, shape (..., campaigns): the one order in which they are summed.

    Args:
        own: Weight of each context feature, shape (..., 1).
        terms: For each feature of the campaigns its value times the weight of its cross, shape (..., campaigns).
        match: Weight of the match, 0 where it is none, same shape.
    """
    total = np.repeat(own, match.shape[-1], axis=-1)
    for term in terms:
        total += term
    total += match
    return np.negative(total, out=total)


class CellMaker:
    """Computes cells from the weights of one model.

    The cell of context feature f and campaign k is minus (w[f] + sum of v_a * w[f x a] + w[match], if f is the
    campaign's category as a favourite), that of the constant minus (w[constant] + sum of v_a * w[a]); a over the
    campaign's features in canonical order, v_a their values. Sums run left to right in float64, one cell apart from
    all others, so that a cell is the same whatever it is computed together with.
    """

    __slots__ = ("_known", "_mask", "_weights")

    def __init__(self, weights: NDArray[np.float32]) -> None:
        if weights.size & (weights.size - 1) or not weights.size:
            raise ValueError(f"the number of weights is {weights.size}, not a power of two")
        self._weights = weights
        self._mask = np.uint64(weights.size - 1)
        self._known: tuple[tuple[bytes, ...], CampaignColumns] | None = None

    def cells(self, row_hashes: NDArray[np.uint64], campaigns: Sequence[EncodedCampaign]) -> NDArray[np.float64]:
        """Returns the cells of all pairs, shape (rows, campaigns).

        Args:
            row_hashes: Hashes of context features, or CONSTANT_ROW.
            campaigns: The campaigns, at least one.
        """
        columns = self._columns(campaigns)
        hashes = cell_hashes(row_hashes, columns)
        terms = self._at(hashes.crossed)
        terms *= columns.values[:, None, :]
        match_weight = self._at(np.array([MATCH_HASH], dtype=np.uint64))
        return cells_of(self._at(hashes.own)[:, None], terms, np.where(hashes.is_match, match_weight, 0.0))

    def _columns(self, campaigns: Sequence[EncodedCampaign]) -> CampaignColumns:
        """Returns the campaigns' features side by side; those asked for last are kept, as they mostly recur."""
        keys = tuple([campaign.key for campaign in campaigns])
        if self._known is None or self._known[0] != keys:
            self._known = keys, campaign_columns(campaigns)
        return self._known[1]

    def _at(self, hashes: NDArray[np.uint64]) -> NDArray[np.float64]:
        return self._weights.take((hashes & self._mask).view(np.int64)).astype(np.float64)
