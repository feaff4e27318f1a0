"""Decided rows: the decisions for some customers of an audience, as columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from banditsvc.audience.rejection_book import Codes, RejectionBook
from banditsvc.core.assignment import Assigned
from banditsvc.core.campaign import NO_CONTACT
from banditsvc.core.decision import Decision
from banditsvc.core.funnel_offer import Offer
from banditsvc.core.model import Model
from banditsvc.core.policy import Policy
from banditsvc.serving.prepared_set import PreparedSet

_Doubles = NDArray[np.float64]
_Bools = NDArray[np.bool_]
_OF_ROWS = (
    *("pins", "eligible", "probabilities", "predicted", "has_predicted", "deviations", "chosen", "decided_by"),
    *("policy_versions", "explored", "held_out", "shadow"),
)
"""Fields of DecidedColumns with a value for each row."""
_OF_SHADOW_ROWS = ("is_there", "chosen", "probabilities", "predicted", "deviations")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ShadowColumns:
    """What a second policy or model would have done with some rows; arrays as those of DecidedColumns."""

    policy: Policy
    model: Model
    is_there: _Bools
    """Whether it says something, shape (rows,)."""
    chosen: NDArray[np.intp]
    probabilities: _Doubles
    predicted: _Doubles
    deviations: _Doubles | None

    def head(self, count: int) -> ShadowColumns:
        """Returns the first rows alone."""
        return replace(self, **{name: _head(getattr(self, name), count) for name in _OF_SHADOW_ROWS})


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class DecidedColumns:
    """The decisions for rows that were decided by columns. Matrices have shape (rows, entries)."""

    span: slice
    """Which of the part's rows they are."""
    codes: Codes
    """What dropped each offered campaign, shape (campaigns, rows); see RejectionBook."""
    pins: NDArray[np.int64]
    """Of each row the place of its pin among the offer's, -1 for none."""
    eligible: _Bools
    probabilities: _Doubles
    """0 where not eligible."""
    predicted: _Doubles
    has_predicted: _Bools
    """Whether the model could answer, shape (rows,)."""
    deviations: _Doubles | None
    chosen: NDArray[np.intp]
    """Entry that was drawn, -1 where nothing is eligible."""
    decided_by: NDArray[np.int64]
    """Numbers of DecidedBy; for who is held out, who would have decided."""
    policy_versions: NDArray[np.int64]
    explored: _Bools
    held_out: _Bools
    """Whether nothing may go out."""
    shadow: ShadowColumns | None = None

    def head(self, count: int) -> DecidedColumns:
        """Returns the first rows alone."""
        start = self.span.start
        return replace(
            self,
            span=slice(start, start + count),
            codes=self.codes[:, :count],
            **{name: _head(getattr(self, name), count) for name in _OF_ROWS},
        )


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class DecidedAlone:
    """The decisions for rows that were decided one after the other."""

    span: slice
    decisions: Sequence[Decision]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class PartTerms:
    """What the blocks of a part that were decided by columns have in common."""

    offer: Offer
    entries: PreparedSet
    """All pairs of campaign and treatment that some row may get."""
    campaign_of: NDArray[np.intp]
    """Place of each entry's campaign in the offer."""
    book: RejectionBook
    assigned: Sequence[Assigned]
    """The distinct ones."""
    assigned_of: NDArray[np.intp]
    """Place of each row's among them."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class DecidedRows:
    """The decisions for the rows of a part, in their order."""

    blocks: Sequence[DecidedColumns | DecidedAlone]
    common: PartTerms

    @property
    def contacts(self) -> Mapping[str, int]:
        """Returns the number of contacts by campaign_id; those of ghosts, which take no capacity, are none."""
        ids = self.common.entries.ids
        found: Counter[str] = Counter()
        for block in self.blocks:
            if isinstance(block, DecidedAlone):
                found.update([one.contact.campaign.campaign_id for one in block.decisions if one.contact is not None])
                continue
            chosen = block.chosen[(block.chosen >= 0) & ~block.held_out]
            for campaign_id, count in zip(ids, np.bincount(chosen, minlength=len(ids)).tolist(), strict=True):
                if count and campaign_id != NO_CONTACT:
                    found[campaign_id] += count
        return found


def _head(column: Any, count: int) -> Any:
    """Returns the first values of a column of any kind."""
    if column is None:
        return None
    return column.head(count) if isinstance(column, ShadowColumns) else column[:count]
