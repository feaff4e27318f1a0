"""Slots: columns of features, of which each row has at most one, and how they become a batch in canonical order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.encoded_batch import EncodedBatch
from banditsvc.core.features import context_hash


class Slot(NamedTuple):
    """What gives each row at most one feature."""

    names: Sequence[str | None]
    """Name by code; None for no feature."""
    codes: NDArray[np.intp]
    """Code of each row; negative ones count from the end."""
    values: NDArray[np.float64] | None = None
    """Value of each row, 0 for no feature; None where all are 1."""


def batch_of(slots: Sequence[Slot], rows: int) -> EncodedBatch:
    """Returns the features of all slots, each row's in canonical order."""
    hashes = {name: context_hash(name) for slot in slots for name in slot.names if name is not None}
    distinct = sorted(set(hashes.values()))
    place_of = {one: place for place, one in enumerate(distinct)}
    nowhere = len(distinct)
    places = np.empty((len(slots), rows), dtype=np.intp)
    values = np.ones((len(slots), rows))
    for row, slot in enumerate(slots):
        table = [nowhere if name is None else place_of[hashes[name]] for name in slot.names]
        places[row] = np.array(table, dtype=np.intp)[slot.codes]
        if slot.values is not None:
            values[row] = slot.values
    places[values == 0.0] = nowhere
    values[places == nowhere] = 0.0
    order = np.lexsort((values, places), axis=0)
    places = np.take_along_axis(places, order, axis=0)
    values = np.take_along_axis(values, order, axis=0)
    lengths = (places < nowhere).sum(axis=0)
    longest = int(lengths.max(initial=0))
    return EncodedBatch(np.array(distinct, dtype=np.uint64), places[:longest], values[:longest], lengths)
