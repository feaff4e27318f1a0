"""Encoded batches: the features of many contexts, without an object for each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.encoded import EncodedContext


@dataclass(frozen=True, slots=True, eq=False)
class EncodedBatch:
    """The encoded contexts of some rows: the first features of all of them, then the second ones, ...

    Each row's features are in canonical order, as pack has them.
    """

    features: NDArray[np.uint64]
    """Hashes of the features that may occur, rising."""
    places: NDArray[np.intp]
    """Place among the features of each row's i-th, shape (longest, rows); the number of features past a row's end."""
    values: tuple[NDArray[np.float64] | None, ...]
    """Values of the i-th features, shape (rows,), of no meaning past a row's end; None where all are 1."""
    lengths: NDArray[np.intp]
    """Number of features of each row."""

    def __len__(self) -> int:
        """Returns the number of rows."""
        return len(self.lengths)

    def row(self, row: int) -> EncodedContext:
        """Returns one context."""
        return self.contexts(np.array([row]))[0]

    def part(self, rows: slice) -> EncodedBatch:
        """Returns some rows that stand together, in views."""
        values = tuple([None if one is None else one[rows] for one in self.values])
        return EncodedBatch(self.features, self.places[:, rows], values, self.lengths[rows])

    def contexts(self, rows: NDArray[np.intp]) -> list[EncodedContext]:
        """Returns the contexts of some rows, in that order."""
        padded = np.append(self.features, np.uint64(0))
        hashes = padded[self.places[:, rows].T].tobytes()
        valued = np.ones((len(rows), len(self.places)))
        for place, one in enumerate(self.values):
            if one is not None:
                valued[:, place] = one[rows]
        values = valued.tobytes()
        width = 8 * len(self.places)
        return [
            EncodedContext(hashes[start : start + used], values[start : start + used])
            for start, used in zip(
                range(0, width * len(rows), width) if width else [0] * len(rows),
                (8 * self.lengths[rows]).tolist(),
                strict=True,
            )
        ]
