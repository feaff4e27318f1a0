"""The compiled matrix: cells by context feature and campaign, made when first asked for, of one model in some layers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.cells import CONSTANT_ROW, CellMaker
from banditsvc.core.encoded import EncodedCampaign

_BLOCK = 1 << 14
"""Cells made at a time: bounds the memory that making takes."""
_SLOTS = 1 << 15
_SETS = 1_024
"""Sets of campaigns whose columns are kept at hand."""


class CompiledMatrix:
    """A growing matrix of cells. NaN marks a cell that was not asked for yet.

    Rows and campaigns are numbered in the order in which they are met; row 0 is the constant. A campaign has a column in
    each layer, side by side, which are made together. Only one thread may call its methods, but any thread may read
    `snapshot`.
    """

    __slots__ = (
        "_columns_of",
        "_makers",
        "_row_hashes",
        "_slot_hashes",
        "_slot_rows",
        "campaigns",
        "cells",
        "number_of",
        "row_of",
    )

    def __init__(self, makers: Sequence[CellMaker]) -> None:
        """Takes what makes the cells of each layer."""
        self._makers = makers
        self.row_of: dict[int, int] = {CONSTANT_ROW: 0}
        self._row_hashes = [CONSTANT_ROW]
        self.number_of: dict[bytes, int] = {}
        self.campaigns: list[EncodedCampaign] = []
        self.cells: NDArray[np.float64] = np.full((64, 16 * len(makers)), np.nan)
        self._columns_of: dict[tuple[bytes, ...], NDArray[np.intp]] = {}
        self._slot_hashes = np.full(_SLOTS, CONSTANT_ROW, dtype=np.uint64)
        self._slot_rows = np.zeros(_SLOTS, dtype=np.intp)

    def rows(self, hashes: Sequence[int] | memoryview) -> list[int]:
        """Returns the row of each context feature, new ones added."""
        row_of = self.row_of
        try:
            return [row_of[h] for h in hashes]
        except KeyError:
            pass
        found = []
        for h in hashes:
            row = row_of.get(h)
            if row is None:
                row = row_of[h] = len(row_of)
                self._row_hashes.append(h)
            found.append(row)
        if len(row_of) > len(self.cells):
            self._grow()
        return found

    def rows_of_many(self, hashes: NDArray[np.uint64]) -> NDArray[np.intp]:
        """Returns the same as rows, for many: a table of slots by the low bits of the hash spares most of the dict."""
        slots = (hashes & np.uint64(_SLOTS - 1)).view(np.intp)
        found = self._slot_rows.take(slots)
        missed = np.flatnonzero(self._slot_hashes.take(slots) != hashes)
        if missed.size:
            found[missed] = self.rows(hashes[missed].tolist())
            self._slot_hashes[slots[missed]] = hashes[missed]
            self._slot_rows[slots[missed]] = found[missed]
        return found

    def columns(self, campaigns: Iterable[EncodedCampaign]) -> NDArray[np.intp]:
        """Returns the column of each campaign in the first layer, then in the second, ...; new ones are added."""
        keys = tuple([campaign.key for campaign in campaigns])
        found = self._columns_of.get(keys)
        if found is None:
            layers = len(self._makers)
            first = np.array([self._number(campaign) for campaign in campaigns], dtype=np.intp) * layers
            found = np.concatenate([first + layer for layer in range(layers)])
            if len(self.campaigns) * layers > self.cells.shape[1]:
                self._grow()
            if len(self._columns_of) >= _SETS:
                self._columns_of.clear()
            self._columns_of[keys] = found
        return found

    def _number(self, campaign: EncodedCampaign) -> int:
        number = self.number_of.get(campaign.key)
        if number is None:
            number = self.number_of[campaign.key] = len(self.campaigns)
            self.campaigns.append(campaign)
        return number

    def make(self, rows: NDArray[np.intp], columns: NDArray[np.intp]) -> None:
        """Makes every missing cell of some rows and of the campaigns of some columns."""
        layers = len(self._makers)
        rows, numbers = np.unique(rows), np.unique(columns // layers)
        missing = np.isnan(self.cells[np.ix_(rows, numbers * layers)])
        rows, numbers = rows[missing.any(axis=1)], numbers[missing.any(axis=0)]
        if not rows.size:
            return
        hashes = np.array([self._row_hashes[row] for row in rows], dtype=np.uint64)
        campaigns = [self.campaigns[number] for number in numbers]
        step = max(1, _BLOCK // len(campaigns))
        for start in range(0, rows.size, step):
            part = slice(start, start + step)
            # The first layer last: it tells which are made.
            for layer in reversed(range(layers)):
                made = self._makers[layer].cells(hashes[part], campaigns)
                self.cells[np.ix_(rows[part], numbers * layers + layer)] = made

    def snapshot(self) -> tuple[list[int], list[EncodedCampaign], NDArray[np.bool_]]:
        """Returns the hashes of the rows, the campaigns and which cells are made, as of some moment of the call."""
        cells = self.cells[:, :: len(self._makers)]
        hashes, campaigns = list(self.row_of)[: cells.shape[0]], list(self.campaigns)[: cells.shape[1]]
        return hashes, campaigns, ~np.isnan(cells[: len(hashes), : len(campaigns)])

    def make_all(self, hashes: Sequence[int], campaigns: Sequence[EncodedCampaign], made: NDArray[np.bool_]) -> None:
        """Makes the cells that another matrix had made, in all layers."""
        rows = np.array(self.rows(hashes), dtype=np.intp)
        columns = self.columns(campaigns)
        for column, wanted in zip(columns[: len(campaigns)], made.T, strict=True):
            self.make(rows[wanted], np.array([column], dtype=np.intp))

    def _grow(self) -> None:
        row_count, column_count = self.cells.shape
        while row_count < len(self.row_of):
            row_count *= 2
        while column_count < len(self.campaigns) * len(self._makers):
            column_count *= 2
        cells = np.full((row_count, column_count), np.nan)
        cells[: self.cells.shape[0], : self.cells.shape[1]] = self.cells
        self.cells = cells
