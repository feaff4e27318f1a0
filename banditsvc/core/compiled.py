"""The compiled matrix: cells by context feature and campaign, made when first asked for."""

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

    Rows and columns are numbered in the order in which they are met; row 0 is the constant. Only one thread may call
    its methods, but any thread may read `snapshot`.
    """

    __slots__ = (
        "_columns_of",
        "_maker",
        "_row_hashes",
        "_slot_hashes",
        "_slot_rows",
        "campaigns",
        "cells",
        "column_of",
        "row_of",
    )

    def __init__(self, maker: CellMaker) -> None:
        self._maker = maker
        self.row_of: dict[int, int] = {CONSTANT_ROW: 0}
        self._row_hashes = [CONSTANT_ROW]
        self.column_of: dict[bytes, int] = {}
        self.campaigns: list[EncodedCampaign] = []
        self.cells: NDArray[np.float64] = np.full((64, 16), np.nan)
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
        """Returns the column of each campaign, new ones added."""
        keys = tuple([campaign.key for campaign in campaigns])
        found = self._columns_of.get(keys)
        if found is None:
            found = np.array([self._column(campaign) for campaign in campaigns], dtype=np.intp)
            if len(self.campaigns) > self.cells.shape[1]:
                self._grow()
            if len(self._columns_of) >= _SETS:
                self._columns_of.clear()
            self._columns_of[keys] = found
        return found

    def _column(self, campaign: EncodedCampaign) -> int:
        column = self.column_of.get(campaign.key)
        if column is None:
            column = self.column_of[campaign.key] = len(self.campaigns)
            self.campaigns.append(campaign)
        return column

    def make(self, rows: NDArray[np.intp], columns: NDArray[np.intp]) -> None:
        """Makes every missing cell of some rows and columns."""
        rows, columns = np.unique(rows), np.unique(columns)
        missing = np.isnan(self.cells[np.ix_(rows, columns)])
        rows, columns = rows[missing.any(axis=1)], columns[missing.any(axis=0)]
        if not rows.size:
            return
        hashes = np.array([self._row_hashes[row] for row in rows], dtype=np.uint64)
        campaigns = [self.campaigns[column] for column in columns]
        step = max(1, _BLOCK // len(campaigns))
        for start in range(0, rows.size, step):
            part = slice(start, start + step)
            self.cells[np.ix_(rows[part], columns)] = self._maker.cells(hashes[part], campaigns)

    def snapshot(self) -> tuple[list[int], list[EncodedCampaign], NDArray[np.bool_]]:
        """Returns the hashes of the rows, the campaigns and which cells are made, as of some moment of the call."""
        cells = self.cells
        hashes, campaigns = list(self.row_of)[: cells.shape[0]], list(self.campaigns)[: cells.shape[1]]
        return hashes, campaigns, ~np.isnan(cells[: len(hashes), : len(campaigns)])

    def make_all(self, hashes: Sequence[int], campaigns: Sequence[EncodedCampaign], made: NDArray[np.bool_]) -> None:
        """Makes the cells that another matrix had made."""
        rows = np.array(self.rows(hashes), dtype=np.intp)
        for column, wanted in zip(self.columns(campaigns), made.T, strict=True):
            self.make(rows[wanted], np.array([column], dtype=np.intp))

    def _grow(self) -> None:
        row_count, column_count = self.cells.shape
        while row_count < len(self.row_of):
            row_count *= 2
        while column_count < len(self.campaigns):
            column_count *= 2
        cells = np.full((row_count, column_count), np.nan)
        cells[: self.cells.shape[0], : self.cells.shape[1]] = self.cells
        self.cells = cells
