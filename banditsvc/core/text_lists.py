"""Text lists: a column whose cells are lists of texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class TextLists:
    """A column of lists of texts, each text by its place among the names."""

    codes: NDArray[np.int64]
    """Shape (rows, most texts of a row): of each row its distinct texts, rising; -1 behind the last."""
    names: tuple[str, ...]
    """Sorted."""
    known: NDArray[np.bool_]
    """Shape (rows,): an empty list may be known, or nothing."""

    def __len__(self) -> int:
        """Returns the number of rows."""
        return len(self.known)

    def texts(self, row: int) -> tuple[str, ...] | None:
        """Returns the texts of a row, sorted; None where they are not known."""
        if not self.known[row]:
            return None
        return tuple([self.names[code] for code in self.codes[row].tolist() if code >= 0])

    def take(self, places: NDArray[np.intp] | slice) -> TextLists:
        """Returns the lists at some places, in that order."""
        return TextLists(self.codes[places], self.names, self.known[places])

    def distinct(self) -> tuple[list[tuple[str, ...]], NDArray[np.int64]]:
        """Returns the distinct lists, and the place of each row's among them; an empty one for what is not known."""
        if not self.codes.size:
            return [()], np.zeros(len(self), dtype=np.int64)
        found, of_row = np.unique(self.codes, axis=0, return_inverse=True)
        lists = [tuple([self.names[code] for code in row if code >= 0]) for row in found.tolist()]
        return lists, of_row.reshape(-1).astype(np.int64)


def text_lists(counts: NDArray[np.int64], members: NDArray[np.int64], names: Sequence[str]) -> TextLists:
    """Returns a column of lists from their members, which may repeat and be in any order.

    Args:
        counts: Members of each row; negative where the list is not known.
        members: Places of all members among the names, row after row.
        names: Distinct texts, in any order.
    """
    order = sorted(range(len(names)), key=names.__getitem__)
    place_of = np.empty(len(names), dtype=np.int64)
    place_of[order] = np.arange(len(names))
    lengths = np.maximum(counts, 0)
    is_there = np.arange(int(lengths.max(initial=0))) < lengths[:, None]
    behind = len(names)
    codes = np.full(is_there.shape, behind, dtype=np.int64)
    codes[is_there] = place_of[members]
    codes.sort(axis=1)
    codes[:, 1:][codes[:, 1:] == codes[:, :-1]] = behind
    codes.sort(axis=1)
    codes[codes == behind] = -1
    most = int(np.count_nonzero(codes >= 0, axis=1).max(initial=0))
    return TextLists(codes[:, :most], tuple([names[place] for place in order]), counts >= 0)
