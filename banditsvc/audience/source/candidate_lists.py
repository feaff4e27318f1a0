"""Candidate lists: which campaigns each customer may get, by their places among the campaigns that are known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from banditsvc.audience.source.cells import Cells
from banditsvc.audience.source.list_cells import lists_of
from banditsvc.core.campaign import NO_CONTACT


class CandidateLists:
    """Reads lists of campaign ids, or texts of several."""

    def __init__(self, campaign_ids: Sequence[str]) -> None:
        """Takes the ids that may be named."""
        self.campaign_ids = tuple(campaign_ids)
        self._known = pa.array(self.campaign_ids, pa.string())

    def read(self, cells: pa.Array, separator: str | None = None) -> Cells:
        """Returns lists of places; null stands for the live ones of the catalogue. Unknown ids do not fit, nor none."""
        lists = lists_of(cells, separator)
        found = _placed(lists, self._known)
        empty = np.flatnonzero(np.asarray(pc.fill_null(pc.list_value_length(lists), 1)) == 0)
        reason = found.reason or "{} must name at least one campaign; no value stands for the live ones"
        return Cells(found.values, np.union1d(found.bad, empty), reason)

    def read_excluded(self, cells: pa.Array, separator: str | None = None) -> Cells:
        """Returns lists of places among excludable(). Unknown ids do not fit."""
        return _placed(lists_of(cells, separator), pa.array(excludable(self.campaign_ids), pa.string()))

    def read_ids(self, ids: pa.Array) -> Cells:
        """Returns the place of each campaign id. Unknown ids and missing ones do not fit."""
        if pa.types.is_dictionary(ids.type):
            ids = ids.dictionary_decode()
        places = pc.index_in(ids.cast(pa.string()), self._known)
        bad = np.flatnonzero(np.asarray(places.is_null().to_numpy(zero_copy_only=False)))
        missing = "is missing: every pair needs a campaign of the catalogue"
        reason = "{} is no campaign of the catalogue"
        return Cells(pc.fill_null(places, 0).cast(pa.int16()), bad, reason, missing=missing)


def excludable(campaign_ids: Sequence[str]) -> tuple[str, ...]:
    """Returns what a customer's row may exclude: any campaign of the catalogue, and that nothing is sent."""
    return (*campaign_ids, NO_CONTACT)


def _placed(lists: pa.ListArray, known: pa.StringArray) -> Cells:
    """Returns lists of places among what is known; the reason is empty where all are."""
    ids = lists.flatten()
    places = pc.index_in(ids, known)
    unknown = np.flatnonzero(np.asarray(places.is_null().to_numpy(zero_copy_only=False)))
    reason = ""
    if len(unknown):
        names = ", ".join(sorted(set(ids.take(pa.array(unknown)).fill_null("null").to_pylist())))
        reason = f"{{}} names {names.replace('{', '{{').replace('}', '}}')}, which the catalogue lacks"
    lengths = np.asarray(pc.fill_null(pc.list_value_length(lists), 0))
    offsets = pa.array(np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32))
    values = pa.ListArray.from_arrays(offsets, pc.fill_null(places, 0).cast(pa.int16()), mask=lists.is_null())
    return Cells(values, np.unique(np.asarray(pc.list_parent_indices(lists))[unknown]), reason)
