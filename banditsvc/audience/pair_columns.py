"""Pair columns: features of pairs of customers and campaigns, as columns of pairs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.campaign import Campaign
from banditsvc.core.context import FeatureValue
from banditsvc.core.context_columns import FeatureColumn, column_rows, feature_at


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class PairColumns:
    """The pairs of some customers. A pair is the catalogue's campaign, described with features of its own too.

    Which pairs a row has the rows' candidates say: methods are given those that they are asked about.
    """

    campaigns: tuple[Campaign, ...]
    """Of the catalogue, by candidate_ids of the rows."""
    starts: NDArray[np.intp]
    """Place of each row's first pair among the features; the others follow, in the order of the campaigns."""
    features: Mapping[str, FeatureColumn]
    """What is known of each pair, by name; pairs of others may be among them."""

    def take(self, rows: NDArray[np.intp]) -> PairColumns:
        """Returns the pairs of some rows, in that order."""
        return replace(self, starts=self.starts[rows])

    def places(self, span: slice, named: NDArray[np.bool_]) -> NDArray[np.intp]:
        """Returns the place among the features of each pair of a span of rows, -1 where a campaign is not named."""
        numbers = np.cumsum(named, axis=1, dtype=np.intp)
        numbers += self.starts[span, None] - 1
        numbers[~named] = -1
        return numbers

    def features_of(self, span: slice, counts: NDArray[np.intp]) -> dict[str, FeatureColumn]:
        """Returns the features of all pairs of a span of rows, row after row, which have so many each."""
        before = np.cumsum(counts) - counts
        return self.features_at(np.arange(int(counts.sum())) + np.repeat(self.starts[span] - before, counts))

    def features_at(self, places: NDArray[np.intp]) -> dict[str, FeatureColumn]:
        """Returns the features of the pairs at some places; of no meaning where that is -1."""
        return {name: column_rows(column, places) for name, column in self.features.items()}

    def described(self, row: int, named: NDArray[np.bool_]) -> tuple[Campaign, ...]:
        """Returns the campaigns of a row as Rank would be given them inline."""
        campaigns = [self.campaigns[place] for place in np.flatnonzero(named).tolist()]
        start = int(self.starts[row])
        return tuple([in_order(campaign, self._own(start + number)) for number, campaign in enumerate(campaigns)])

    def _own(self, place: int) -> dict[str, FeatureValue]:
        known = {name: feature_at(column, place) for name, column in self.features.items()}
        return {name: value for name, value in known.items() if value is not None}


def in_order(campaign: Campaign, own: Mapping[str, FeatureValue]) -> Campaign:
    """Returns a campaign of the catalogue with features of its own too, all of them by name."""
    return replace(campaign, features=dict(sorted({**campaign.features, **own}.items())))
