"""Pair sums: the sums of compiled_sums.py for pairs of context and campaign, of which each may have another campaign.

Where features of a pair are measured ones, such as a recommender's score, no two pairs have the same campaign, and to make
cells of it for every context feature is to make them for one pair. So the weights are put in a small table by context
feature and campaign feature, and the cells are summed for each pair from it, in the order of cells.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.cells import CONSTANT_ROW, CampaignColumns, cell_hashes, cells_of
from banditsvc.core.encoded_batch import EncodedBatch
from banditsvc.core.features import MATCH_HASH

_BLOCK = 1 << 13
"""Pairs worked on at a time: what is summed stays in the processor's cache."""


class EncodedPairs(NamedTuple):
    """Pairs of contexts and campaigns."""

    rows: NDArray[np.intp]
    """Row of each pair's context."""
    campaigns: EncodedBatch
    """Features of each pair's campaign."""
    kinds: NDArray[np.intp]
    """Place of each pair's match among the hashes."""
    match_hashes: NDArray[np.uint64]
    """What favourite matches, as EncodedCampaign has it; few."""

    def part(self, span: slice) -> EncodedPairs:
        """Returns some pairs that stand together."""
        return EncodedPairs(self.rows[span], self.campaigns.part(span), self.kinds[span], self.match_hashes)


class _Table(NamedTuple):
    """The weights that the cells of some features are made of, by one layer. The last line and column are nothing: 0."""

    own: NDArray[np.float64]
    """Shape (lines, 1)."""
    crossed: NDArray[np.float64]
    """Line after line, each by the features of campaigns."""
    match: NDArray[np.float64]
    """Likewise by match hash: the weight where it matches, else 0."""


class PairSums:
    """Sums by some sets of weights, each a layer. It keeps nothing."""

    __slots__ = ("_weights",)

    def __init__(self, *weights: NDArray[np.float32]) -> None:
        self._weights = weights

    def of(self, contexts: EncodedBatch, pairs: EncodedPairs) -> Sequence[NDArray[np.float64]]:
        """Returns the sums of each layer, shape (pairs,)."""
        count = len(pairs.rows)
        found = [np.empty(count) for _ in self._weights]
        for start in range(0, count, _BLOCK):
            span = slice(start, min(count, start + _BLOCK))
            for mine, sums in zip(found, self._of_block(contexts, pairs.part(span)), strict=True):
                mine[span] = sums
        return found

    def _of_block(self, contexts: EncodedBatch, pairs: EncodedPairs) -> Sequence[NDArray[np.float64]]:
        count = len(pairs.rows)
        lines = np.empty((len(contexts.places), count), dtype=np.intp)
        for line, place in zip(lines, contexts.places, strict=True):
            place.take(pairs.rows, out=line, mode="clip")
        features, lines = _used(contexts.features, lines)
        columns, places = _used(pairs.campaigns.features, pairs.campaigns.places)
        tables = _tables(self._weights, features, columns, pairs.match_hashes)
        sizes = len(columns) + 1, len(pairs.match_hashes)
        # The constant is the first line.
        totals = _cells(tables, np.zeros(count, dtype=np.intp), places, pairs, sizes)
        for line, value in zip(lines, contexts.values, strict=True):
            for layer, cells in enumerate(_cells(tables, line + 1, places, pairs, sizes)):
                totals[layer] += cells if value is None else cells * value.take(pairs.rows)
        return totals


def _used(features: NDArray[np.uint64], places: NDArray[np.intp]) -> tuple[NDArray[np.uint64], NDArray[np.intp]]:
    """Returns the features that occur, and the places among these; their number still stands for nothing."""
    is_used = np.bincount(places.ravel(), minlength=len(features) + 1)[:-1] > 0
    numbers = np.append(np.cumsum(is_used) - 1, np.count_nonzero(is_used))
    return features[is_used], numbers.take(places)


def _tables(
    weights: Sequence[NDArray[np.float32]],
    features: NDArray[np.uint64],
    columns: NDArray[np.uint64],
    match_hashes: NDArray[np.uint64],
) -> list[_Table]:
    lines = np.concatenate([np.array([CONSTANT_ROW], dtype=np.uint64), features])
    none = CampaignColumns(columns[:, None], np.ones((len(columns), 1)), match_hashes[:1])
    hashes = cell_hashes(lines, none)
    is_match = lines[:, None] == match_hashes
    found = []
    for layer in weights:
        mask = np.uint64(layer.size - 1)
        own, match = np.zeros((len(lines) + 1, 1)), np.zeros((len(lines) + 1, len(match_hashes)))
        crossed = np.zeros((len(lines) + 1, len(columns) + 1))
        own[:-1, 0] = layer.take((hashes.own & mask).view(np.int64))
        crossed[:-1, :-1] = layer.take((hashes.crossed[:, :, 0].T & mask).astype(np.int64))
        match[:-1] = np.where(is_match, float(layer[MATCH_HASH & (layer.size - 1)]), 0.0)
        found.append(_Table(own, crossed.ravel(), match.ravel()))
    return found


def _cells(
    tables: Sequence[_Table],
    line: NDArray[np.intp],
    places: NDArray[np.intp],
    pairs: EncodedPairs,
    sizes: tuple[int, int],
) -> list[NDArray[np.float64]]:
    """Returns each layer's cell of one context feature of each pair."""
    width, matches = sizes
    starts = line * width
    indices = [starts + place for place in places]
    of_match = line * matches + pairs.kinds
    return [
        cells_of(
            table.own.take(line, axis=0),
            _terms(table.crossed, indices, pairs.campaigns.values),
            table.match.take(of_match)[:, None],
        )[:, 0]
        for table in tables
    ]


def _terms(
    crossed: NDArray[np.float64], indices: Sequence[NDArray[np.intp]], values: Sequence[NDArray[np.float64] | None]
) -> Iterator[NDArray[np.float64]]:
    for index, value in zip(indices, values, strict=True):
        # Places are in range; clipping spares a check.
        term = crossed.take(index, mode="clip")
        if value is not None:
            term *= value
        yield term[:, None]
