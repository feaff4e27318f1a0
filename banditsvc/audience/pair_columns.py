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
    """The pairs of some customers. A pair is the catalogue's campaign, described with features of its own too."""

    campaigns: tuple[Campaign, ...]
    """Of the catalogue, by candidate_ids of the rows."""
    places: NDArray[np.intp]
    """Place of each row's pair with each of these among the features, shape (rows, campaigns); -1 where it has none."""
    features: Mapping[str, FeatureColumn]
    """What is known of each pair, by name, in any order of pairs; others may be among them."""

    def take(self, rows: NDArray[np.intp] | slice) -> PairColumns:
        """Returns the pairs of some rows, in that order."""
        return replace(self, places=self.places[rows])

    def features_at(self, places: NDArray[np.intp]) -> dict[str, FeatureColumn]:
        """Returns the features of the pairs at some places; of no meaning where that is -1."""
        return {name: column_rows(column, places) for name, column in self.features.items()}

    def described(self, row: int) -> tuple[Campaign, ...]:
        """Returns the campaigns of a row as Rank would be given them inline."""
        return tuple(
            [
                in_order(campaign, self._own(place))
                for campaign, place in zip(self.campaigns, self.places[row].tolist(), strict=True)
                if place >= 0
            ]
        )

    def _own(self, place: int) -> dict[str, FeatureValue]:
        known = {name: feature_at(column, place) for name, column in self.features.items()}
        return {name: value for name, value in known.items() if value is not None}


def in_order(campaign: Campaign, own: Mapping[str, FeatureValue]) -> Campaign:
    """Returns a campaign of the catalogue with features of its own too, all of them by name."""
    return replace(campaign, features=dict(sorted({**campaign.features, **own}.items())))
