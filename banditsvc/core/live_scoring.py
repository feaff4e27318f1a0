"""Live scoring: predicted rewards by several models that go on learning, straight from their weights.

Where every model scores a few rows and then learns, compiling it anew each time would take longer than all the rest.
Cells are summed here as CellMaker sums them and scores as Scorer does, so that each row's are, bit for bit, those of a
Scorer of a snapshot of its model.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.baseline import reward_baseline
from banditsvc.core.cells import CONSTANT_ROW, CampaignColumns, campaign_columns, cell_hashes, cells_of
from banditsvc.core.compiled_sums import deviations_of, total_of
from banditsvc.core.decision import LearnedState
from banditsvc.core.encoded import EncodedCampaign
from banditsvc.core.encoded_batch import EncodedBatch
from banditsvc.core.features import MATCH_HASH
from banditsvc.core.portfolio import RewardSpec

_MOST_WEIGHTS = 1 << 22
"""Weights gathered at a time: 16 MiB, and the numbers made of them a few times that."""


class LiveModel(NamedTuple):
    """A model as it is at the moment."""

    weights: NDArray[np.float32]
    """C-contiguous, shape (2**bits, n), of which the first column are the weights; others may change them meanwhile."""
    learned: LearnedState
    variances: NDArray[np.float32] | None = None
    """Like weights; None where the model does not say how sure it is."""


class _Table(NamedTuple):
    """Where the weights stand that the cells of some features and campaigns are made of."""

    features: NDArray[np.uint64]
    indices: NDArray[np.intp]
    """Of the constant, the features and nothing, in this order: crosses with each distinct feature of the campaigns, own
    weight, match.
    """
    columns: NDArray[np.intp]
    """Place among these crosses of each campaign's first feature, of its second, ..., shape (features, campaigns)."""
    values: NDArray[np.float64]
    """Values of the same."""
    is_match: NDArray[np.bool_]


class LiveScorer:
    """Scores by models of one size and reward. One thread at a time."""

    __slots__ = ("_reward", "_span", "_table")

    def __init__(self, reward: RewardSpec) -> None:
        self._reward = reward
        self._span = float(reward.greatest) - float(reward.least)
        self._table: tuple[tuple[bytes, ...], _Table] | None = None

    def score(
        self,
        batch: EncodedBatch,
        campaigns: Sequence[EncodedCampaign],
        models: Sequence[LiveModel],
        model_of_row: NDArray[np.intp],
    ) -> NDArray[np.float64]:
        """Returns predicted rewards in raw units, C-contiguous, shape (rows, campaigns).

        Row i is scored by model number model_of_row[i], which never falls.
        """
        if not len(batch) or not campaigns:
            return np.zeros((len(batch), len(campaigns)))
        mine, of_row = _in_turn(models, model_of_row)
        scaled = self._sums(batch, campaigns, [model.weights for model in mine], of_row)
        if self._span != 1.0:
            scaled *= self._span
        baselines = np.array([reward_baseline(model.learned, self._reward) + 0.0 for model in mine])
        scaled += baselines[of_row][:, None]
        return scaled

    def deviations(
        self,
        batch: EncodedBatch,
        campaigns: Sequence[EncodedCampaign],
        models: Sequence[LiveModel],
        model_of_row: NDArray[np.intp],
    ) -> NDArray[np.float64] | None:
        """Returns the deviations of the predicted rewards, likewise; None where no model says how sure it is.

        Where some do, of the others they are 0.
        """
        if all(model.variances is None for model in models):
            return None
        if not len(batch) or not campaigns:
            return np.zeros((len(batch), len(campaigns)))
        mine, of_row = _in_turn(models, model_of_row)
        nothing = np.zeros_like(models[0].weights)
        sums = self._sums(
            batch, campaigns, [nothing if one.variances is None else one.variances for one in mine], of_row
        )
        return deviations_of(sums, self._span)

    def _sums(
        self,
        batch: EncodedBatch,
        campaigns: Sequence[EncodedCampaign],
        vectors: Sequence[NDArray[np.float32]],
        of_row: NDArray[np.intp],
    ) -> NDArray[np.float64]:
        table = self._table_of(batch.features, campaigns, vectors[0].shape)
        if len(batch) * len(batch.places) < len(vectors) * len(batch.features):
            return _by_rows(table, batch, vectors, of_row)
        return _by_models(table, batch, vectors, of_row)

    def _table_of(
        self, features: NDArray[np.uint64], campaigns: Sequence[EncodedCampaign], shape: tuple[int, ...]
    ) -> _Table:
        keys = tuple([campaign.key for campaign in campaigns])
        if self._table is None or self._table[0] != keys or self._table[1].features is not features:
            self._table = keys, _table(features, campaigns, shape)
        return self._table[1]


def _in_turn(models: Sequence[LiveModel], model_of_row: NDArray[np.intp]) -> tuple[list[LiveModel], NDArray[np.intp]]:
    """Returns the models that score a row, in their order, and the place among them of each row's."""
    is_first = np.diff(model_of_row, prepend=-1) != 0
    return [models[place] for place in model_of_row[is_first].tolist()], np.cumsum(is_first) - 1


def _table(features: NDArray[np.uint64], campaigns: Sequence[EncodedCampaign], shape: tuple[int, ...]) -> _Table:
    columns = campaign_columns(campaigns)
    constant, nothing = np.array([CONSTANT_ROW], dtype=np.uint64), np.zeros(1, dtype=np.uint64)
    lines = np.concatenate([constant, features, nothing])
    # Campaigns share most of their features: each is crossed once.
    distinct, places = np.unique(columns.hashes, return_inverse=True)
    hashes = cell_hashes(lines, CampaignColumns(distinct[:, None], np.ones((len(distinct), 1)), columns.matches[:1]))
    match = np.full((len(lines), 1), MATCH_HASH, dtype=np.uint64)
    whole = np.concatenate([hashes.crossed[:, :, 0].T, hashes.own[:, None], match], axis=1)
    count, width = shape
    return _Table(
        features=features,
        indices=(whole & np.uint64(count - 1)).astype(np.intp) * width,
        columns=places.reshape(columns.hashes.shape),
        values=columns.values,
        is_match=cell_hashes(lines, columns).is_match,
    )


def _by_rows(
    table: _Table, batch: EncodedBatch, models: Sequence[NDArray[np.float32]], of_row: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Gathers what each row needs."""
    nothing = len(batch.features) + 1
    step = max(1, _MOST_WEIGHTS // (table.indices.shape[1] * (len(batch.places) + 1)))
    found = np.empty((len(batch), table.values.shape[1]))
    for start in range(0, len(batch), step):
        part = slice(start, start + step)
        lines = np.insert(batch.places[:, part] + 1, 0, 0, axis=0)
        wanted = table.indices.take(lines.T, axis=0)
        gathered = np.empty(wanted.shape, dtype=np.float32)
        for indices, mine, model in zip(wanted, gathered, of_row[part].tolist(), strict=True):
            models[model].reshape(-1).take(indices, out=mine, mode="clip")
        for campaign, cells in enumerate(_cells(table, gathered.transpose(2, 1, 0), lines)):
            cells[lines == nothing] = 0.0
            total = cells[0].copy()
            for cell, value in zip(cells[1:], batch.values, strict=True):
                total += cell if value is None else cell * value[part]
            found[part, campaign] = total
    return found


def _by_models(
    table: _Table, batch: EncodedBatch, models: Sequence[NDArray[np.float32]], of_row: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Makes all cells of each model. Rows of a model stand together."""
    height = len(table.indices)
    step = max(1, _MOST_WEIGHTS // table.indices.size)
    found = np.empty((len(batch), table.values.shape[1]))
    bounds = np.searchsorted(of_row, np.arange(len(models) + 1))
    every = np.arange(height)
    for first in range(0, len(models), step):
        some = models[first : first + step]
        gathered = np.empty((len(some), *table.indices.shape), dtype=np.float32)
        for mine, model in zip(gathered, some, strict=True):
            model.reshape(-1).take(table.indices, out=mine, mode="clip")
        lines = np.broadcast_to(every, gathered.shape[:2])
        cells = np.stack(list(_cells(table, gathered.transpose(2, 0, 1), lines)), axis=-1)
        cells[:, -1] = 0.0
        part = batch.part(slice(int(bounds[first]), int(bounds[first + len(some)])))
        # The cells of all models one below the other: a row's stand where those of its model begin.
        starts = (of_row[bounds[first] : bounds[first + len(some)]] - first) * height
        flat = cells.reshape(-1, cells.shape[-1])
        found[bounds[first] : bounds[first + len(some)]] = total_of(
            flat.take(starts, axis=0), flat, part.places + (starts + 1), part.values
        )
    return found


def _cells(table: _Table, gathered: NDArray[np.float32], lines: NDArray[np.intp]) -> Iterator[NDArray[np.float64]]:
    """Yields the cells of each campaign, of the shape of lines, from the weights of the lines, which come first."""
    weights = np.ascontiguousarray(gathered, dtype=np.float64).reshape(len(gathered), -1, 1)
    own, match = weights[-2], weights[-1]
    for campaign, (columns, values) in enumerate(zip(table.columns.T, table.values.T, strict=True)):
        # Multiplying by 1, as most values are, changes nothing.
        terms = (
            weights[column] if value == 1.0 else weights[column] * value
            for column, value in zip(columns.tolist(), values.tolist(), strict=True)
        )
        is_match = table.is_match[:, campaign].take(lines).reshape(-1, 1)
        yield cells_of(own, terms, np.where(is_match, match, 0.0)).reshape(lines.shape)
