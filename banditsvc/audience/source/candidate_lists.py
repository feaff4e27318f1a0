"""Candidate lists: which campaigns each customer may get, by their places among the campaigns that are known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from banditsvc.audience.source.cells import Cells


class CandidateLists:
    """Reads lists of campaign ids, or texts of several parted by blanks or semicolons."""

    def __init__(self, campaign_ids: Sequence[str]) -> None:
        """Takes the ids that may be named."""
        self.campaign_ids = tuple(campaign_ids)
        self._known = pa.array(self.campaign_ids, pa.string())

    def read(self, lists: pa.Array) -> Cells:
        """Returns lists of places; null stands for the live ones of the catalogue. Unknown ids do not fit."""
        if not pa.types.is_list(lists.type) and not pa.types.is_large_list(lists.type):
            lists = _split(lists)
        lists = lists.cast(pa.list_(pa.string()))
        ids = lists.flatten()
        places = pc.index_in(ids, self._known)
        parents = np.asarray(pc.list_parent_indices(lists))
        unknown = np.flatnonzero(np.asarray(places.is_null().to_numpy(zero_copy_only=False)))
        bad = np.unique(parents[unknown])
        empty = np.flatnonzero(np.asarray(pc.fill_null(pc.list_value_length(lists), 1)) == 0)
        reason = "{} must name at least one campaign; no value stands for the live ones"
        if len(bad):
            names = ", ".join(sorted(set(ids.take(pa.array(unknown)).cast(pa.string()).fill_null("null").to_pylist())))
            reason = f"{{}} names {names.replace('{', '{{').replace('}', '}}')}, which the catalogue lacks"
        lengths = np.asarray(pc.fill_null(pc.list_value_length(lists), 0))
        offsets = pa.array(np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32))
        known = pc.fill_null(places, 0).cast(pa.int16())
        values = pa.ListArray.from_arrays(offsets, known, mask=lists.is_null())
        return Cells(values, np.union1d(bad, empty), reason)

    def read_ids(self, ids: pa.Array) -> Cells:
        """Returns the place of each campaign id. Unknown ids and missing ones do not fit."""
        if pa.types.is_dictionary(ids.type):
            ids = ids.dictionary_decode()
        places = pc.index_in(ids.cast(pa.string()), self._known)
        bad = np.flatnonzero(np.asarray(places.is_null().to_numpy(zero_copy_only=False)))
        return Cells(pc.fill_null(places, 0).cast(pa.int16()), bad, "{} is no campaign of the catalogue")


def _split(texts: pa.Array) -> pa.Array:
    if pa.types.is_dictionary(texts.type):
        texts = texts.dictionary_decode()
    trimmed = pc.utf8_trim(texts.cast(pa.string()), " ;\t")
    words = pc.split_pattern_regex(trimmed, r"[;\s]+")
    return pc.if_else(pc.equal(trimmed, ""), None, words)
