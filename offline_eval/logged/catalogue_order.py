"""Catalogue order: what the versions of the catalogue say of campaigns, for the entries of many decisions at once."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence

import numpy as np
import pyarrow as pa

from offline_eval.choices.coding import Codes
from offline_eval.logged.logged import Integers

CATALOGUE_COLUMNS = ("campaign_id", "catalogue_version", "fixed_priority", "family")
"""Columns of banditsvc.log_schema.CAMPAIGNS that are read."""
_LAST = np.iinfo(np.int64).max
"""Priority of campaigns without one."""


class CatalogueOrder:
    """Fixed priorities and families of campaigns, from the rows of banditsvc.log_schema.CAMPAIGNS."""

    def __init__(self, campaigns: Iterable[pa.RecordBatch]) -> None:
        """Takes in all versions, in log order."""
        self._versions: dict[str, tuple[list[int], list[int]]] = {}
        self.families: dict[str, str] = {}
        """Family of each campaign by its last version; itself for one without."""
        for batch in campaigns:
            columns = [batch[name].to_pylist() for name in CATALOGUE_COLUMNS]
            for campaign_id, version, priority, family in zip(*columns, strict=True):
                versions, priorities = self._versions.setdefault(campaign_id, ([], []))
                versions.append(version)
                priorities.append(_LAST if priority is None else priority)
                self.families[campaign_id] = family or campaign_id

    def priority(self, campaign_id: str, version: int) -> int:
        """Returns the fixed priority of a campaign at a catalogue_version; greater than any for one without."""
        versions, priorities = self._versions.get(campaign_id, ([], []))
        place = bisect_right(versions, version)
        return priorities[place - 1] if place else _LAST

    def ranks(
        self,
        decision: Integers,
        campaign: Codes,
        names: Sequence[str],
        versions: Integers,
        inline: Iterable[tuple[int, str, int | None]],
    ) -> Integers:
        """Returns each entry's place in the fixed order of its decision, as fixed_ranks does for one decision.

        Args:
            decision: Decision of each entry, never falling.
            campaign: Its campaign.
            names: Names of the campaigns.
            versions: Catalogue version of each decision.
            inline: Decision, campaign_id and fixed_priority of the campaigns given inline, which win over the catalogue.
        """
        known, inverse = np.unique(versions, return_inverse=True)
        count = max(len(names), 1)
        keys, place = np.unique(inverse[decision] * count + campaign, return_inverse=True)
        priorities = np.array(
            [self.priority(names[key % count], int(known[key // count])) for key in keys.tolist()], dtype=np.int64
        )[place]
        code_of = {name: code for code, name in enumerate(names)}
        for row, campaign_id, priority in inline:
            if campaign_id in code_of:
                first, end = np.searchsorted(decision, [row, row + 1])
                mine = campaign[first:end] == code_of[campaign_id]
                priorities[first:end][mine] = _LAST if priority is None else priority
        order = np.lexsort((priorities, decision))  # a stable sort: ties stay in the order of the entries
        ranks = np.empty(len(order), dtype=np.int64)
        ranks[order] = np.arange(len(order))
        return ranks - np.searchsorted(decision, decision)
