"""The sorting network sorts."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from banditsvc.core.sorting_network import sorted_rows


@pytest.mark.parametrize("count", range(12))
def test_it_sorts_all_rows_of_zeros_and_ones(count: int) -> None:
    """Every row of zeros and ones is sorted: so every row is (the 0-1 principle, Knuth, volume 3, 5.3.4)."""
    rows = np.array(list(product([0, 1], repeat=count)), dtype=np.int32).reshape(2**count, count)
    found = sorted_rows(list(rows.T.copy()))
    assert np.sort(rows, axis=1).T.tolist() == [line.tolist() for line in found]


@pytest.mark.parametrize("count", [13, 16, 17, 20, 33])
def test_it_sorts_longer_rows(count: int) -> None:
    """Random rows of other lengths are sorted too, with numbers that occur several times."""
    rows = np.random.default_rng(count).integers(-9, 9, size=(3_000, count)).astype(np.int32)
    found = sorted_rows(list(rows.T.copy()))
    assert np.sort(rows, axis=1).T.tolist() == [line.tolist() for line in found]
