"""Compiled sums: the sum of value x cell over the features of a context, for one context or many.

The sum is over the constant and the context's features in canonical order, left to right from the constant (see
cells.py). Every route below adds in that order, with one rounding to each product and each sum: numpy's elementwise
ufuncs, and its reduction over the outer axis of at least two columns. Never a BLAS product, an einsum (both may fuse or
reorder) or a reduction over a contiguous axis (pairwise from 8 terms). So one row, a batch, any split of it and any set
or order of campaigns agree bit for bit.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.cells import CONSTANT_ROW, CellMaker
from banditsvc.core.compiled import CompiledMatrix
from banditsvc.core.encoded import EncodedCampaign, EncodedContext
from banditsvc.core.encoded_batch import EncodedBatch

MAX_ROWS = 100_000
"""Context features kept compiled; beyond it, and beyond the others, the matrix starts afresh."""
MAX_COLUMNS = 2_048
MAX_CELLS = 1 << 23
"""64 MiB."""

_BLOCK = 1 << 15
"""Numbers worked on at a time: they stay in the processor's cache."""
_NARROW = 64
"""Up to this many columns it is quicker to take whole rows and then columns than single cells."""


class CompiledSums:
    """Sums by some sets of weights, each a layer. One thread at a time asks for sums; another may call make_like's
    argument meanwhile.
    """

    __slots__ = ("_compiled", "_makers")

    def __init__(self, *weights: NDArray[np.float32]) -> None:
        self._makers = [CellMaker(one) for one in weights]
        self._compiled = CompiledMatrix(self._makers)

    def of(
        self, contexts: Sequence[EncodedContext], campaigns: Sequence[EncodedCampaign]
    ) -> Sequence[NDArray[np.float64]]:
        """Returns the sums of each layer, C-contiguous and the caller's own, shape (contexts, campaigns).

        Costs about as many cells as contexts x campaigns x features; cells not met before are made on the way.
        """
        if not contexts or not campaigns:
            return [np.zeros((len(contexts), len(campaigns))) for _ in self._makers]
        compiled = self._bounded()
        columns = compiled.columns(campaigns)
        rows, values = _by_position(compiled, contexts)
        step = max(1, _BLOCK // (len(rows) * len(columns)))
        parts = [
            _sums(compiled, rows[:, first : first + step], values[:, first : first + step], columns)
            for first in range(0, len(contexts), step)
        ]
        return self._by_layer(np.concatenate(parts) if len(parts) > 1 else parts[0])

    def of_batch(self, batch: EncodedBatch, campaigns: Sequence[EncodedCampaign]) -> Sequence[NDArray[np.float64]]:
        """Returns the same of an encoded batch."""
        if not len(batch) or not campaigns:
            return [np.zeros((len(batch), len(campaigns))) for _ in self._makers]
        compiled = self._bounded()
        columns = compiled.columns(campaigns)
        rows = np.concatenate([[0], compiled.rows_of_many(batch.features)])
        cells = _cells(compiled, rows, columns)
        if np.isnan(cells).any():
            compiled.make(rows, columns)
            cells = _cells(compiled, rows, columns)
        # What stands past a row's end adds nothing.
        features = np.concatenate([cells[1:], np.zeros((1, len(columns)))])
        return self._by_layer(total_of(cells[:1], features, batch.places, batch.values))

    def known_rows(self) -> list[int]:
        """Returns the hashes of the context features met so far."""
        return [h for h in list(self._compiled.row_of) if h != CONSTANT_ROW]

    def make_like(self, other: CompiledSums) -> None:
        """Makes all cells that another has made; safe while the other is asked for sums on its own thread."""
        self._compiled.make_all(*other._compiled.snapshot())

    def _by_layer(self, sums: NDArray[np.float64]) -> Sequence[NDArray[np.float64]]:
        if len(self._makers) == 1:
            return [sums]
        count = sums.shape[1] // len(self._makers)
        return [sums[:, layer * count : (layer + 1) * count].copy() for layer in range(len(self._makers))]

    def _bounded(self) -> CompiledMatrix:
        """Returns the compiled matrix, or a fresh one where it has grown too large."""
        compiled = self._compiled
        if len(compiled.row_of) > MAX_ROWS or len(compiled.campaigns) > MAX_COLUMNS or compiled.cells.size > MAX_CELLS:
            compiled = self._compiled = CompiledMatrix(self._makers)
        return compiled


def _by_position(
    compiled: CompiledMatrix, contexts: Sequence[EncodedContext]
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Returns the rows and values of all contexts, the constant's first, then their first features, the second ones, ...

    Those that end early go on with value 0.
    """
    rows = compiled.rows_of_many(np.frombuffer(b"".join([c.packed_hashes for c in contexts]), dtype=np.uint64))
    values = np.frombuffer(b"".join([c.packed_values for c in contexts]))
    lengths = [len(c.packed_hashes) >> 3 for c in contexts]
    longest = max(lengths)
    placed = np.zeros((longest + 1, len(contexts)), dtype=np.intp)
    padded = np.zeros(placed.shape)
    padded[0] = 1.0
    if min(lengths) == longest:
        shape = (len(contexts), longest)
        placed[1:], padded[1:] = rows.reshape(shape).T, values.reshape(shape).T
    else:
        count = np.array(lengths)
        context = np.repeat(np.arange(len(lengths)), count)
        position = np.arange(1, len(rows) + 1) - np.repeat(np.cumsum(count) - count, count)
        placed[position, context] = rows
        padded[position, context] = values
    return placed, padded


def _sums(
    compiled: CompiledMatrix, rows: NDArray[np.intp], values: NDArray[np.float64], columns: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Returns the sums of contexts whose features stand by position, shape (contexts, columns)."""
    wanted = columns if rows.shape[1] * len(columns) > 1 else columns.repeat(2)
    total = _sum(_cells(compiled, rows.ravel(), wanted), values)
    # A missing cell is NaN, and so is then the sum of squares; no other value makes it NaN.
    if math.isnan(total.dot(total)):
        compiled.make(rows.ravel(), columns)
        total = _sum(_cells(compiled, rows.ravel(), wanted), values)
    return total.reshape(rows.shape[1], -1)[:, : len(columns)]


def _sum(cells: NDArray[np.float64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns the sum over positions of value x cell, overwriting cells."""
    cells *= values.reshape(-1, 1)
    # One column would make the summed axis contiguous.
    total: NDArray[np.float64] = np.add.reduce(cells.reshape(len(values), -1))
    return total


def deviations_of(sums: NDArray[np.float64], span: float) -> NDArray[np.float64]:
    """Returns the deviations that sums by variances stand for, written over them, times the span of rewards."""
    # Cells are negated sums. Features that share a weight may take a variance below 0.
    variance = np.maximum(np.negative(sums, out=sums), 0.0, out=sums)
    deviation = np.sqrt(variance, out=variance)
    if span != 1.0:
        deviation *= span
    return deviation


def total_of(
    constant: NDArray[np.float64],
    cells: NDArray[np.float64],
    places: NDArray[np.intp],
    values: Sequence[NDArray[np.float64] | None],
) -> NDArray[np.float64]:
    """Returns the scaled scores of many contexts, shape (contexts, campaigns).

    Args:
        constant: The constant's cells: one row for all contexts, or one for each.
        cells: Those of the features.
        places: Among the cells' rows those of each context's first feature, of its second, ...
        values: Of each context's first feature, and so on; None where all are 1.
    """
    count = places.shape[1]
    if len(places) and values[0] is None and len(constant) == 1:
        # The first feature is added to the constant once for all contexts that have it.
        total: NDArray[np.float64] = (constant + cells).take(places[0], axis=0)
        places, values = places[1:], values[1:]
    else:
        total = np.repeat(constant, count // len(constant), axis=0)
    step = max(1, _BLOCK // cells.shape[1])
    terms = np.empty((min(step, count), cells.shape[1]))
    for start in range(0, count, step):
        block = slice(start, start + step)
        part = total[block]
        term = terms[: len(part)]
        for place, value in zip(places, values, strict=True):
            # Places are in range; clipping spares a copy.
            cells.take(place[block], axis=0, out=term, mode="clip")
            if value is not None:
                term *= value[block, None]
            part += term
    return total


def _cells(compiled: CompiledMatrix, rows: NDArray[np.intp], columns: NDArray[np.intp]) -> NDArray[np.float64]:
    """Returns the cells of some rows and columns."""
    cells = compiled.cells
    width = cells.shape[1]
    taken: NDArray[np.float64]
    if width <= _NARROW:
        taken = cells.take(rows, axis=0).take(columns, axis=1)
    else:
        taken = cells.ravel().take((rows * width)[:, None] + columns)
    return taken
