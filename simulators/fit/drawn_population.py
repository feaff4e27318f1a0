"""Customers drawn as a world draws them: each part by its own shares, independently of the others."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from simulators.fit.fit_rows import PartColumn

DRAWN = 100_000
"""Customers: means of chances have a relative error of about .3 % of their spread."""
_SEED = 7


def drawn_codes(parts: Mapping[str, PartColumn], count: int = DRAWN) -> NDArray[np.int64]:
    """Returns the places of the drawn values among those of all parts, shape (count, parts); always the same.

    The draws of a part are evenly spread over its values, so that its shares are met exactly, and shuffled.
    """
    random = np.random.default_rng(_SEED)
    columns, offset = [], 0
    for column in parts.values():
        ends = np.cumsum(column.shares)
        codes = np.searchsorted(ends / ends[-1], (np.arange(count) + 0.5) / count)
        columns.append(random.permutation(codes) + offset)
        offset += len(column.names)
    return np.stack(columns, axis=1).astype(np.int64) if columns else np.zeros((count, 0), dtype=np.int64)
