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

    def part(self, rows: slice) -> EncodedBatch:
        """Returns some rows that stand together, in views."""
        values = tuple([None if one is None else one[rows] for one in self.values])
        return EncodedBatch(self.features, self.places[:, rows], values, self.lengths[rows])

    def padded_hashes(self) -> NDArray[np.uint64]:
        """Returns the hashes of each row, shape (rows, longest), 0 past its end."""
        return np.append(self.features, np.uint64(0)).take(self.places.T)

    def padded_values(self) -> NDArray[np.float64]:
        """Returns the values of each row, same shape, of no meaning past its end."""
        found = np.ones((len(self), len(self.places)))
        for place, values in enumerate(self.values):
            if values is not None:
                found[:, place] = values
        return found

    def contexts(self) -> list[EncodedContext]:
        """Returns each row's context."""
        hashes, values, width = self.padded_hashes().tobytes(), self.padded_values().tobytes(), 8 * len(self.places)
        spans = [(row * width, row * width + 8 * used) for row, used in enumerate(self.lengths.tolist())]
        return [EncodedContext(hashes[start:end], values[start:end]) for start, end in spans]
