"""Seen ids: which ids of a stream came before, in little memory."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from offline_eval.logged.logged import Flags


class SeenIds:
    """Remembers ids by 64-bit hashes: of 10 million different ids two are taken for one by chance 3 in a million.

    The hashes stand in sorted runs, each at least twice as long as the next, so that each is sorted a few times at most.
    """

    def __init__(self) -> None:
        self._runs: list[NDArray[np.uint64]] = []

    def repeated(self, ids: pa.Array) -> Flags:
        """Returns which ids came before, in this array or in one before it, and remembers them all."""
        hashes = pd.util.hash_array(np.asarray(ids.to_numpy(zero_copy_only=False), dtype=np.object_), categorize=False)
        fresh, first = np.unique(hashes, return_index=True)
        is_repeated = np.ones(len(hashes), dtype=np.bool_)
        is_repeated[first] = False
        for run in self._runs:
            is_repeated |= run[np.minimum(np.searchsorted(run, hashes), len(run) - 1)] == hashes
        if len(fresh):
            self._add(fresh)
        return is_repeated

    def _add(self, run: NDArray[np.uint64]) -> None:
        while self._runs and len(self._runs[-1]) < 2 * len(run):
            # Stable sorting finds the two runs and merges them.
            run = np.sort(np.concatenate([self._runs.pop(), run]), kind="stable")
        self._runs.append(run)
